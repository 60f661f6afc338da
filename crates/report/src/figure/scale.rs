//! A horizontal axis in pixels.

use super::axes::range;
use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// Of the room that the interval which decides may take beyond the values, at either side.
const BEYOND: f64 = 0.5;

pub(super) struct Scale {
    values: RangedCoordf64,
    range: Range<f64>,
    left: i32,
    right: i32,
}

impl Scale {
    /// Holds all of `values`, and of `far` as much as leaves them readable; `None` without a value.
    pub fn new(values: &[f64], far: &[f64], least: f64, (left, right): (i32, i32)) -> Option<Self> {
        let near = range(values.iter().copied(), least)?;
        let most = BEYOND * (near.end - near.start);
        let far = far.iter();
        let far = far.map(|value| value.clamp(near.start - most, near.end + most));
        let range = range(values.iter().copied().chain(far), least)?;
        Some(Self {
            values: range.clone().into(),
            range,
            left,
            right,
        })
    }

    /// Where a value lies; at the nearer end where it lies outside.
    pub fn x(&self, value: f64) -> i32 {
        let value = value.clamp(self.range.start, self.range.end);
        self.values.map(&value, (self.left, self.right))
    }

    pub fn holds(&self, value: f64) -> bool {
        self.range.contains(&value)
    }

    /// Round values along it.
    pub fn ticks(&self) -> Vec<f64> {
        self.values.key_points(7)
    }

    pub fn span(&self) -> f64 {
        self.range.end - self.range.start
    }
}
