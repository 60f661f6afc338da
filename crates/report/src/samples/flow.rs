//! Symbols one after the other, on as many lines as they need and are allowed.

use super::svg::{Anchor, FAINT, MUTED, Style, Svg};
use crate::lettering::width;

const DOT: i32 = 8;
const LETTER: i32 = 11;

/// A symbol, or a run of padding.
pub(super) struct Piece<'a> {
    pub text: &'a str,
    pub colour: &'static str,
    /// Behind it; none for letters of a text.
    pub fill: Option<&'static str>,
    /// So many tokens of padding, if it is that.
    pub padding: usize,
}

/// Longest run of padding that is drawn dot by dot.
const DOTS: usize = 32;

impl Piece<'_> {
    /// Tokens that it stands for.
    fn tokens(&self) -> usize {
        self.padding.max(1)
    }

    /// What a long run of padding is written as.
    fn note(&self) -> String {
        format!("({} of padding)", self.padding)
    }

    fn wide(&self) -> i32 {
        match (self.padding, self.fill) {
            (0, None) => LETTER,
            (0, Some(_)) => (width(self.text, 12.0) + 8).max(18) + 3,
            (dots, _) if dots <= DOTS => dots as i32 * DOT + 3,
            _ => width(&self.note(), 11.0) + 6,
        }
    }

    fn draw(&self, svg: &mut Svg, (x, y): (i32, i32), tall: i32) {
        let base = y + tall / 2 + 4;
        let style = Style::new(12.0, self.colour).anchor(Anchor::Middle);
        match (self.padding, self.fill) {
            (0, None) => svg.text((x + LETTER / 2, base), self.text, style),
            (0, Some(fill)) => {
                let wide = self.wide() - 3;
                svg.pill((x, y), (wide, tall), 4, fill);
                svg.text((x + wide / 2, base), self.text, style);
            }
            (dots, _) if dots <= DOTS => {
                let dot = Style::new(12.0, FAINT);
                (0..dots).for_each(|dot_at| svg.text((x + dot_at as i32 * DOT, base), "·", dot));
            }
            _ => svg.text((x, base), &self.note(), Style::new(11.0, MUTED)),
        }
    }
}

/// Draws the pieces in lines; says how many tokens did not fit. Also gives the height.
pub(super) fn draw(pieces: &[Piece<'_>], room: i32, line: i32, lines: usize) -> (Svg, i32) {
    let mut svg = Svg::default();
    let (mut x, mut y) = (0, 0);
    for (index, piece) in pieces.iter().enumerate() {
        if x > 0 && x + piece.wide() > room {
            x = 0;
            y += line;
        }
        if y >= lines as i32 * line {
            let left: usize = pieces[index..].iter().map(Piece::tokens).sum();
            let more = format!("… {left} more");
            svg.text((0, y + 13), &more, Style::new(11.0, MUTED));
            break;
        }
        piece.draw(&mut svg, (x, y), line - 6);
        x += piece.wide();
    }
    (svg, y + line)
}
