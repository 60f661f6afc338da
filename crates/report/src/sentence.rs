//! What others have written, on its way into a sentence, which is Markdown.

use std::fmt::Write;

/// Words without line breaks and what steers a terminal or is no letter to XML: one line of any format.
pub(crate) fn line(words: &str) -> String {
    let is_no_letter =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    match words.contains(is_no_letter) {
        true => words
            .split(|c: char| is_no_letter(c) || c == ' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        false => words.to_owned(),
    }
}

/// A name that reads as it is written, in a sentence, a heading or a table.
pub(crate) fn name(words: &str) -> String {
    let letters: Vec<char> = line(words).chars().collect();
    let mut out = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        let beside = |at: Option<usize>| {
            let beside = at.and_then(|at| letters.get(at));
            beside.is_some_and(|letter| letter.is_alphanumeric())
        };
        let steers = match letter {
            '\\' | '`' | '*' | '|' | '<' | '[' | ']' | '~' | '$' => true,
            // Inside a word it is a letter like any other.
            '_' => !(beside(index.checked_sub(1)) && beside(Some(index + 1))),
            '&' => letters[index..].contains(&';'),
            _ => false,
        };
        if steers {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A sentence of its own that reads as it is written: no heading, item of a list or quotation.
pub(crate) fn paragraph(words: &str) -> String {
    let mut out = name(words.trim());
    let digits = out.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    let is_number = digits > 0 && out[digits..].starts_with(['.', ')']);
    if is_number {
        out.insert(digits, '\\');
    } else if out.starts_with(['#', '>', '-', '+', '=']) {
        out.insert(0, '\\');
    }
    out
}

/// A name in backticks.
pub(crate) fn code(words: &str) -> String {
    let words = line(words);
    let mut out = String::new();
    let _ = match words.contains('`') {
        true => write!(out, "`` {words} ``"),
        false => write!(out, "`{words}`"),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_is_written() {
        for (written, expected) in [
            ("bit-memory", "bit-memory"),
            ("layer_norm", "layer_norm"),
            ("_all_", "\\_all\\_"),
            ("a|b", "a\\|b"),
            ("a\\|b", "a\\\\\\|b"),
            ("`x` *y* <b> [z]", "\\`x\\` \\*y\\* \\<b> \\[z\\]"),
            ("one\r\n\r\n# two\tthree", "one # two three"),
            ("R&D &lt;", "R\\&D \\&lt;"),
            ("a & b", "a & b"),
            ("\u{1b}[2J", "\\[2J"),
        ] {
            assert_eq!(name(written), expected, "{written:?}");
        }
        for (written, expected) in [
            ("# no heading", "\\# no heading"),
            ("1. no list", "1\\. no list"),
            ("- nor this", "\\- nor this"),
            ("12 is a number", "12 is a number"),
            ("", ""),
        ] {
            assert_eq!(paragraph(written), expected);
        }
        assert_eq!([code("fair"), code("a`b")], ["`fair`", "`` a`b ``"]);
    }
}
