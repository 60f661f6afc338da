//! Expressions as rows of words: digits are themselves, then the operators, then the closing mark.

pub(crate) const MIN: u8 = 10;
pub(crate) const MAX: u8 = 11;
pub(crate) const MED: u8 = 12;
pub(crate) const SM: u8 = 13;
pub(crate) const CLOSE: u8 = 14;

/// The value of an operator's arguments, of which there is at least one.
///
/// The median is truncated to an integer, as LRA's `int(numpy.median(...))`; the sum is modulo 10.
pub(crate) fn apply(operator: u8, arguments: &mut [u8]) -> u8 {
    arguments.sort_unstable();
    let last = arguments.len() - 1;
    match operator {
        MIN => arguments[0],
        MAX => arguments[last],
        MED => (arguments[last / 2] + arguments[last.div_ceil(2)]) / 2,
        _ => (arguments.iter().map(|&value| u32::from(value)).sum::<u32>() % 10) as u8,
    }
}

/// The value of a whole expression; why it has none otherwise.
pub(crate) fn evaluate(words: &[u8]) -> Result<u8, String> {
    // Values of all open lists, and for each open list its operator and where its values begin.
    let mut values: Vec<u8> = Vec::new();
    let mut open: Vec<(u8, usize)> = Vec::new();
    for (position, &word) in words.iter().enumerate() {
        if position > 0 && open.is_empty() {
            return Err(format!("the expression ends before word {}", position + 1));
        }
        match word {
            MIN..=SM => open.push((word, values.len())),
            CLOSE => match open.pop() {
                Some((operator, start)) if start < values.len() => {
                    let value = apply(operator, &mut values[start..]);
                    values.truncate(start);
                    values.push(value);
                }
                _ => return Err(format!("word {} closes an empty list", position + 1)),
            },
            digit => values.push(digit),
        }
    }
    match values[..] {
        [value] if open.is_empty() => Ok(value),
        _ => Err(format!("{} lists are left open", open.len().max(1))),
    }
}

/// Words of LRA's text form; its round brackets, which only repeat the nesting, are dropped.
pub(crate) fn parse(text: &str) -> Result<Vec<u8>, String> {
    text.split_ascii_whitespace()
        .filter(|word| !matches!(*word, "(" | ")"))
        .map(word)
        .collect()
}

/// A word as LRA writes it.
pub(crate) fn text(word: u8) -> String {
    match word {
        MIN => "[MIN".to_owned(),
        MAX => "[MAX".to_owned(),
        MED => "[MED".to_owned(),
        SM => "[SM".to_owned(),
        CLOSE => "]".to_owned(),
        digit => digit.to_string(),
    }
}

fn word(text: &str) -> Result<u8, String> {
    match text {
        "[MIN" => Ok(MIN),
        "[MAX" => Ok(MAX),
        "[MED" => Ok(MED),
        "[SM" => Ok(SM),
        "]" => Ok(CLOSE),
        _ => match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(digit - b'0'),
            _ => Err(format!(
                "`{text}` is no digit, operator ([MIN, [MAX, [MED, [SM) or bracket"
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<u8, String> {
        evaluate(&parse(text)?)
    }

    #[test]
    fn words_are_written_as_they_are_read() {
        assert!((0..=CLOSE).all(|number| word(&text(number)) == Ok(number)));
    }

    #[test]
    fn operators_by_hand() {
        assert_eq!(value("[MIN 4 2 9 ]"), Ok(2));
        assert_eq!(value("[MAX 4 2 9 ]"), Ok(9));
        assert_eq!(value("[MED 4 2 9 ]"), Ok(4));
        assert_eq!(value("[MED 1 2 5 8 ]"), Ok(3), "3.5 is truncated");
        assert_eq!(value("[SM 7 8 9 ]"), Ok(4), "24 modulo 10");
        assert_eq!(value("( ( ( [MAX 2 ) ( ( ( [SM 9 ) 4 ) ] ) ) 1 ) ]"), Ok(3));
        assert_eq!(value("[MAX 2 9 [MIN 4 7 ] 0 ]"), Ok(9));
    }

    #[test]
    fn malformed_expressions_are_errors() {
        for text in [
            "",
            "[MAX ]",
            "[MAX 1 2",
            "[MAX 1 ] 3",
            "1 2",
            "]",
            "[MAX 1 ] ]",
            "[AVG 1 ]",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
    }
}
