//! The legend above the panels.

use super::canvas::{Canvas, Drawn};
use super::frame::LEFT;
use super::mark::Outcome;
use super::shape::Shape;
use super::style::{INK, MUTED, RED, TEXT_SIZE, stroke, text};
use crate::lettering::width;
use plotters::prelude::{Circle, PathElement, RGBColor, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// An entry of the legend.
pub(super) struct Entry {
    pub mark: Mark,
    pub name: String,
}

pub(super) enum Mark {
    Line(RGBColor, Shape),
    Dots,
    Dashes,
    Ring,
    /// A frame around cells of a map.
    Frame,
    Outcome(Outcome),
}

/// Puts the entries on lines of a figure so wide, each with its left edge.
pub(super) fn lines(entries: &[Entry], figure: i32) -> Vec<Vec<(i32, &Entry)>> {
    let mut lines: Vec<Vec<(i32, &Entry)>> = vec![Vec::new()];
    let mut left = LEFT;
    for entry in entries {
        let wide = 30 + width(&entry.name, TEXT_SIZE) + 22;
        if left + wide > figure - LEFT && left > LEFT {
            lines.push(Vec::new());
            left = LEFT;
        }
        if let Some(line) = lines.last_mut() {
            line.push((left, entry));
        }
        left += wide;
    }
    lines
}

pub(super) fn key(canvas: &Canvas<'_>, left: i32, y: i32, entry: &Entry) -> Drawn {
    let piece = |from: i32, to: i32, colour: RGBColor, wide: u32| {
        PathElement::new(vec![(left + from, y), (left + to, y)], stroke(colour, wide))
    };
    match entry.mark {
        Mark::Line(colour, shape) => {
            canvas.draw(&piece(0, 24, colour, 2))?;
            shape.mark(canvas, (left + 12, y), colour)?;
        }
        Mark::Dots => (0..6).try_for_each(|i| canvas.draw(&piece(4 * i, 4 * i + 1, INK, 1)))?,
        Mark::Ring => canvas.draw(&Circle::new((left + 12, y), 6, stroke(INK, 1)))?,
        Mark::Frame => {
            let corners = [(left + 8, y - 5), (left + 18, y + 5)];
            canvas.draw(&Rectangle::new(corners, stroke(RED, 1)))?;
        }
        Mark::Outcome(outcome) => outcome.mark(canvas, (left + 12, y))?,
        Mark::Dashes => {
            (0..3).try_for_each(|i| canvas.draw(&piece(9 * i, 9 * i + 6, MUTED, 1)))?;
        }
    }
    let style = text(TEXT_SIZE, INK).pos(Pos::new(HPos::Left, VPos::Center));
    canvas.draw(&Text::new(entry.name.as_str(), (left + 30, y), style))
}
