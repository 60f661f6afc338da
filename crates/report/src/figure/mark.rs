//! The mark of each verdict: shape and colour say the same.

use super::canvas::{Canvas, Drawn};
use super::style::{BLUE, GREEN, MUTED, RED, stroke};
use evidence::Verdict;
use plotters::prelude::{Circle, Polygon, RGBColor, Rectangle};
use plotters::style::{Color, WHITE};

/// A verdict as a figure shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Supported,
    Refuted,
    SmallerThan,
    Undecided,
}

pub(super) const OUTCOMES: [Outcome; 4] = [
    Outcome::Supported,
    Outcome::Refuted,
    Outcome::SmallerThan,
    Outcome::Undecided,
];

impl Outcome {
    pub const fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Supported { .. } => Self::Supported,
            Verdict::Refuted { .. } => Self::Refuted,
            Verdict::SmallerThan => Self::SmallerThan,
            Verdict::Undecided { .. } => Self::Undecided,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::SmallerThan => "smaller than δ",
            Self::Undecided => "undecided",
        }
    }

    pub const fn colour(self) -> RGBColor {
        match self {
            Self::Supported => GREEN,
            Self::Refuted => RED,
            Self::SmallerThan => BLUE,
            Self::Undecided => MUTED,
        }
    }

    /// Its mark around a point.
    pub fn mark(self, canvas: &Canvas<'_>, (x, y): (i32, i32)) -> Drawn {
        let filled = self.colour().filled();
        match self {
            Self::Supported => canvas.draw(&Circle::new((x, y), 6, filled)),
            Self::Refuted => {
                let corners = [(x, y - 8), (x + 8, y), (x, y + 8), (x - 8, y)];
                canvas.draw(&Polygon::new(corners, filled))
            }
            Self::SmallerThan => {
                canvas.draw(&Rectangle::new([(x - 5, y - 5), (x + 6, y + 6)], filled))
            }
            Self::Undecided => {
                canvas.draw(&Circle::new((x, y), 6, WHITE.filled()))?;
                canvas.draw(&Circle::new((x, y), 6, stroke(self.colour(), 2)))
            }
        }
    }
}
