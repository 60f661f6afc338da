//! Text in columns of a terminal, wrapped and never cut.

/// Between columns.
pub(crate) const GAP: usize = 2;

/// A space inside what is not to be parted.
const KEPT: char = '\u{a0}';

/// Words that stay on one line.
pub(crate) fn whole(words: &str) -> String {
    words.replace(' ', &KEPT.to_string())
}

/// Lines of at most so many letters; a word that is longer is broken.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut left = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = word.chars().collect();
        for (index, piece) in letters.chunks(width).enumerate() {
            let piece: String = piece.iter().collect();
            let length = piece.chars().count();
            match lines.last_mut() {
                Some(line) if index == 0 && left > length => {
                    line.push(' ');
                    line.push_str(&piece);
                    left -= length + 1;
                }
                _ => {
                    lines.push(piece);
                    left = width - length;
                }
            }
        }
    }
    let printed = |line: String| line.replace(KEPT, " ");
    lines.into_iter().map(printed).collect()
}

/// Columns beside each other, each with its width; the last one needs no filling.
pub(crate) fn beside(columns: &[(usize, Vec<String>)]) -> String {
    let tall = columns.iter().map(|(_, lines)| lines.len()).max();
    let mut out = String::new();
    for index in 0..tall.unwrap_or(0) {
        let mut row = String::new();
        let mut filled = 0;
        for (width, lines) in columns {
            let text = lines.get(index).map(String::as_str).unwrap_or_default();
            row.push_str(text);
            filled += width + GAP;
            let pad = filled.saturating_sub(row.chars().count());
            row.push_str(&" ".repeat(pad));
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Names with what is said of each beside them, no wider than that.
pub fn two_columns(rows: &[(String, String)], width: usize) -> String {
    let names = rows.iter().map(|(name, _)| name.chars().count());
    let first = names.max().unwrap_or(0).min(width / 2);
    let second = width.saturating_sub(first + GAP).max(20);
    let row = |(name, says): &(String, String)| {
        beside(&[(first, wrap(name, first)), (second, wrap(says, second))])
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_they_may_be_and_nothing_is_lost() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a 1234567890", 4), ["a", "1234", "5678", "90"]);
        assert_eq!(wrap("1234567 a", 4), ["1234", "567", "a"]);
        assert!(wrap("  ", 4).is_empty());
        assert_eq!(
            wrap(&format!("one {}", whole("p = 1")), 7),
            ["one", "p = 1"]
        );
    }

    #[test]
    fn columns_stand_beside_each_other() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let columns = [(3, words(&["a", "b"])), (4, words(&["c"]))];
        assert_eq!(beside(&columns), "a    c\nb\n");
    }
}
