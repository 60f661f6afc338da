//! Lengths of text in the embedded font, near enough to lay out lines.

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

/// Moves labels apart, keeping their order: each at least `gap` below the one before, all between
/// `top` and `bottom` as far as they fit.
pub(super) fn spread(wanted: &[i32], gap: i32, top: i32, bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted[*index]);
    let mut placed = vec![0; wanted.len()];
    let mut free = top;
    for index in &order {
        placed[*index] = wanted[*index].max(free);
        free = placed[*index] + gap;
    }
    let mut free = bottom;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(free);
        free = placed[*index] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_touch() {
        assert_eq!(spread(&[10, 12, 50], 11, 0, 100), [10, 21, 50]);
        assert_eq!(spread(&[99, 98], 11, 0, 100), [100, 89]);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 10.0, 60), ["one two", "three"]);
    }
}
