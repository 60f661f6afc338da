//! The letters of every drawing: the embedded font, and lengths near enough to lay out lines.

/// Named first for viewers that have it; a PNG always finds it in this crate.
pub(crate) const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// Width in pixels: DejaVu Sans averages six tenths of its size a letter.
pub(crate) fn width(text: &str, size: f64) -> i32 {
    let em: f64 = text.chars().map(share).sum();
    (em * size).ceil() as i32
}

fn share(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '.' | ',' | ':' | ';' | '|' | ' ' | 'I' => 0.34,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' => 0.41,
        'm' | 'w' | 'M' | 'W' | '%' => 0.95,
        'A'..='Z' => 0.72,
        _ => 0.63,
    }
}

/// Words on lines of at most `most` pixels.
pub(crate) fn wrap(text: &str, size: f64, most: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 10.0, 60), ["one two", "three"]);
    }
}
