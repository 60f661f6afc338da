//! What tells one row's marks from another's besides their colour: on grey paper, or to eyes that see few colours.

use super::canvas::{Canvas, Drawn};
use plotters::prelude::{Circle, Polygon, RGBColor, Rectangle};
use plotters::style::Color;

/// One more than there are colours: rows of each colour once have each a shape of their own, and many more a pair.
const SHAPES: [Shape; 7] = [
    Shape::Disc,
    Shape::Square,
    Shape::Diamond,
    Shape::Up,
    Shape::Down,
    Shape::Plus,
    Shape::Cross,
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
    Plus,
    /// A plus that lies on its side.
    Cross,
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
            Self::Plus => around(&[
                (-1, -4),
                (1, -4),
                (1, -1),
                (4, -1),
                (4, 1),
                (1, 1),
                (1, 4),
                (-1, 4),
                (-1, 1),
                (-4, 1),
                (-4, -1),
                (-1, -1),
            ]),
            Self::Cross => around(&[
                (-4, -3),
                (-3, -4),
                (0, -1),
                (3, -4),
                (4, -3),
                (1, 0),
                (4, 3),
                (3, 4),
                (0, 1),
                (-3, 4),
                (-4, 3),
                (-1, 0),
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many rows as there are colours differ on grey paper, too; rows beyond them by colour and shape together.
    #[test]
    fn rows_of_all_colours_have_shapes_of_their_own() {
        const COLOURS: usize = 6;
        for row in 0..COLOURS {
            assert!((0..row).all(|other| Shape::of(other) != Shape::of(row)));
        }
        let pair = |row: usize| (row % COLOURS, Shape::of(row));
        for row in 0..COLOURS * SHAPES.len() {
            assert!((0..row).all(|other| pair(other) != pair(row)));
        }
    }
}
