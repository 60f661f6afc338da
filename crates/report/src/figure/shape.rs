//! What tells one row's marks from another's besides their colour: on grey paper, or to eyes that see few colours.

use super::canvas::{Canvas, Drawn};
use plotters::prelude::{Circle, Polygon, RGBColor, Rectangle};
use plotters::style::Color;

/// One fewer than there are colours, so that many rows have a pair of their own.
const SHAPES: [Shape; 5] = [
    Shape::Disc,
    Shape::Square,
    Shape::Diamond,
    Shape::Up,
    Shape::Down,
];

/// The mark of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    Diamond,
    /// A triangle that points there.
    Up,
    Down,
}

impl Shape {
    /// Of a row, by where it stands in its table.
    pub const fn of(row: usize) -> Self {
        SHAPES[row % SHAPES.len()]
    }

    /// Its mark around a point.
    pub fn mark(self, canvas: &Canvas<'_>, (x, y): (i32, i32), colour: RGBColor) -> Drawn {
        let filled = colour.filled();
        let around = |corners: &[(i32, i32)]| {
            let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
            canvas.draw(&Polygon::new(corners, filled))
        };
        match self {
            Self::Disc => canvas.draw(&Circle::new((x, y), 3, filled)),
            Self::Square => canvas.draw(&Rectangle::new([(x - 3, y - 3), (x + 3, y + 3)], filled)),
            Self::Diamond => around(&[(0, -4), (4, 0), (0, 4), (-4, 0)]),
            Self::Up => around(&[(0, -4), (4, 3), (-4, 3)]),
            Self::Down => around(&[(0, 4), (4, -3), (-4, -3)]),
        }
    }
}
