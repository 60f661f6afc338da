//! Letters in cells of one width: text and proteins.

use super::svg::{Anchor, BLUE, FAINT, INK, MUTED, Style, Svg};

const CELL: i32 = 11;
const LINE: i32 = 19;

/// Letters in a row.
pub(super) const fn across(width: i32) -> usize {
    (width / CELL) as usize
}

/// Letters in rows of at most so many; after them, in blue, what the last token is to answer.
pub(super) fn draw(
    letters: &[&str],
    answer: Option<&str>,
    (width, rows): (i32, usize),
) -> (Svg, i32) {
    let across = across(width).max(1);
    let all = letters.len() + usize::from(answer.is_some());
    let shown = all.min(across * rows);
    let mut svg = Svg::default();
    for index in 0..shown {
        let (row, column) = (index / across, index % across);
        let (letter, colour) = match letters.get(index) {
            Some(letter) => (*letter, INK),
            None => (
                answer.map_or("", |answer| if answer == " " { "_" } else { answer }),
                BLUE,
            ),
        };
        let (letter, colour) = match letter {
            "" => ("·", FAINT),
            // The font of the figures has no arrow that turns.
            "↵" => ("¶", MUTED),
            letter => (letter, colour),
        };
        let at = (column as i32 * CELL + CELL / 2, row as i32 * LINE + 13);
        let style = Style::new(12.0, colour).anchor(Anchor::Middle);
        let style = if colour == BLUE { style.bold() } else { style };
        svg.text(at, letter, style);
    }
    let mut height = shown.div_ceil(across) as i32 * LINE;
    if all > shown {
        let more = format!("… {} more", all - shown);
        svg.text((0, height + 13), &more, Style::new(11.0, MUTED));
        height += LINE;
    }
    (svg, height)
}
