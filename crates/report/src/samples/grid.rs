//! Letters in cells of one width: text and proteins.

use super::svg::{Anchor, BLUE, FAINT, INK, Style, Svg};

const CELL: i32 = 13;
const LINE: i32 = 19;

/// Letters in rows; below each, where there is one, what is to be answered at it.
pub(super) fn draw(
    letters: &[&str],
    answers: Option<&[&str]>,
    (width, lines): (i32, usize),
) -> (Svg, i32) {
    let across = (width / CELL).max(1) as usize;
    let height = if answers.is_some() { 2 * LINE } else { LINE };
    let mut svg = Svg::default();
    let mut y = 0;
    for (number, row) in letters.chunks(across).take(lines).enumerate() {
        line(&mut svg, row, y + 13, INK);
        let below = answers.and_then(|answers| answers.chunks(across).nth(number));
        if let Some(answers) = below {
            line(&mut svg, answers, y + 13 + LINE - 4, BLUE);
        }
        y += height;
    }
    let hidden = letters.len().saturating_sub(across * lines);
    if hidden > 0 {
        let more = format!("… {hidden} more");
        svg.text((0, y + 13), &more, Style::new(11.0, super::svg::MUTED));
        y += LINE;
    }
    (svg, y)
}

fn line(svg: &mut Svg, letters: &[&str], base: i32, colour: &'static str) {
    for (column, letter) in letters.iter().enumerate() {
        let middle = column as i32 * CELL + CELL / 2;
        let (letter, colour) = match *letter {
            "" => ("·", FAINT),
            // A space would be nothing to see.
            " " => ("␣", FAINT),
            letter => (letter, colour),
        };
        let style = Style::new(12.0, colour).anchor(Anchor::Middle);
        svg.text((middle, base), letter, style);
    }
}
