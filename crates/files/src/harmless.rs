/// What others have written as a terminal may have it: each byte of a character that would steer it is a `?`, so that places in a file
/// stay where they are.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends_a_line = letter == '\r' && letters.peek() == Some(&'\n');
        match letter.is_control() && !matches!(letter, '\n' | '\t') && !ends_a_line {
            true => shown.extend(std::iter::repeat_n('?', letter.len_utf8())),
            false => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal_and_places_stay() {
        for (written, expected) in [
            ("a\tb\nδ = 2", "a\tb\nδ = 2"),
            ("\u{1b}[2J\u{7}", "?[2J?"),
            ("\u{9b}31m\r\na\rb\r", "??31m\r\na?b?"),
        ] {
            assert_eq!(harmless(written), expected);
            assert_eq!(written.len(), expected.len());
        }
    }
}
