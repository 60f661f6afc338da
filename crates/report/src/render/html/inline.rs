//! Sentences, which are Markdown: names in backticks, words that stand out in `**`, and what is escaped.

use maud::{Escaper, Markup, PreEscaped};
use std::fmt::Write;

/// A sentence as HTML.
pub(super) fn inline(sentence: &str) -> Markup {
    let (mut out, mut rest, mut is_strong) = (String::new(), sentence, false);
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let escaped = after.chars().next().filter(char::is_ascii_punctuation);
        rest = match letter {
            '\\' if escaped.is_some() => {
                put(&mut out, &after[..1]);
                &after[1..]
            }
            '`' => match code(rest) {
                Some((words, behind)) => {
                    out.push_str("<code>");
                    put(&mut out, words);
                    out.push_str("</code>");
                    behind
                }
                None => {
                    out.push('`');
                    after
                }
            },
            '*' if after.starts_with('*') && (is_strong || after[1..].contains("**")) => {
                out.push_str(if is_strong { "</strong>" } else { "<strong>" });
                is_strong = !is_strong;
                &after[1..]
            }
            _ => {
                put(&mut out, &rest[..letter.len_utf8()]);
                after
            }
        };
    }
    if is_strong {
        out.push_str("</strong>");
    }
    PreEscaped(out)
}

/// What stands between two equal runs of backticks, and what follows.
fn code(text: &str) -> Option<(&str, &str)> {
    let inside = text.trim_start_matches('`');
    let ticks = &text[..text.len() - inside.len()];
    let mut from = 0;
    loop {
        let at = from + inside[from..].find(ticks)?;
        let behind = inside[at..].trim_start_matches('`');
        let run = inside.len() - at - behind.len();
        if run == ticks.len() {
            let words = &inside[..at];
            let padded = words.strip_prefix(' ').and_then(|w| w.strip_suffix(' '));
            return Some((padded.unwrap_or(words), behind));
        }
        from = at + run;
    }
}

fn put(out: &mut String, text: &str) {
    // Memory takes every letter.
    let _ = Escaper::new(out).write_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentence::{code, name};

    #[test]
    fn sentences_read_as_they_were_meant() {
        for (sentence, expected) in [
            ("plain & simple", "plain &amp; simple"),
            ("**chosen** by it", "<strong>chosen</strong> by it"),
            ("`*` where", "<code>*</code> where"),
            ("two ** stars", "two ** stars"),
            ("a ` tick", "a ` tick"),
            ("5 < 6, δ “q”", "5 &lt; 6, δ “q”"),
        ] {
            assert_eq!(inline(sentence).into_string(), expected);
        }
    }

    /// Whatever somebody has written comes out as it was, however it went into the sentence.
    #[test]
    fn what_was_escaped_comes_back() {
        for written in [
            "a|b `c` <d> \\e\\ [f](g) $h$ ~i~",
            "*all* _all_ **x**",
            "R&D &lt; \"q\" 'r'",
            "``",
            "<script>alert(1)</script>",
        ] {
            let mut expected = String::new();
            put(&mut expected, written);
            assert_eq!(inline(&name(written)).into_string(), expected, "{written}");
        }
        for written in ["a`b", "fair", "<b>&"] {
            let mut expected = String::new();
            put(&mut expected, written);
            let expected = format!("<code>{expected}</code>");
            assert_eq!(inline(&code(written)).into_string(), expected, "{written}");
        }
    }
}
