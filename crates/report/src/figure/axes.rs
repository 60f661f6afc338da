//! The axes of a plot, drawn alike in every figure.

use super::canvas::{Canvas, Drawn};
use super::style::{GRID, INK, MUTED, SMALL_SIZE, stroke, text};
use crate::along::Horizontal;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{Cartesian2d, ChartBuilder, ChartContext, SVGBackend};
use std::ops::Range;

/// Left of each plot, for the numbers of its axis.
pub(super) const AXIS: i32 = 36;

/// A plot in pixels, without the numbers of its axes.
#[derive(Clone, Copy)]
pub(super) struct Plot {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
}

/// What a plot's axes show.
pub(super) struct Axes {
    pub x: Range<f64>,
    pub y: Range<f64>,
    /// Room under the plot for the numbers of its axis.
    pub under: i32,
    /// Numbers on each axis, about.
    pub labels: (usize, usize),
    /// What the horizontal one says.
    pub horizontal: Horizontal,
    /// Of the vertical axis, behind the point.
    pub digits: usize,
}

pub(super) type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Numbered, RangedCoordf64>>;

/// A horizontal axis, with its numbers at places of ours where they are given.
pub(super) struct Numbered {
    along: RangedCoordf64,
    round: Option<Vec<f64>>,
}

impl Ranged for Numbered {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.along.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match &self.round {
            Some(round) => round.clone(),
            None => self.along.key_points(hint),
        }
    }

    fn range(&self) -> Range<f64> {
        self.along.range()
    }
}

impl Axes {
    /// Draws them; what is drawn on the chart afterwards lies in their coordinates.
    pub fn draw<'a>(&self, canvas: &Canvas<'a>, plot: Plot) -> Drawn<Chart<'a>> {
        let size = (plot.width + AXIS, plot.height + self.under);
        let area = canvas
            .clone()
            .shrink((plot.left - AXIS, plot.top), (size.0 as u32, size.1 as u32));
        let x = Numbered {
            round: self.horizontal.ticks(&self.x, self.labels.0),
            along: self.x.clone().into(),
        };
        let mut chart = ChartBuilder::on(&area)
            .y_label_area_size(AXIS)
            .x_label_area_size(self.under)
            .build_cartesian_2d(x, self.y.clone())?;
        let (digits, horizontal) = (self.digits, self.horizontal);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(stroke(GRID, 0))
            .bold_line_style(stroke(GRID, 1))
            .axis_style(stroke(MUTED, 1))
            .label_style(text(SMALL_SIZE, INK))
            .x_labels(self.labels.0)
            .y_labels(self.labels.1)
            .set_all_tick_mark_size(3)
            .x_label_formatter(&|place| horizontal.number(*place))
            .y_label_formatter(&|value| format!("{value:.digits$}"))
            .draw()?;
        Ok(chart)
    }
}

impl Plot {
    pub fn middle(&self) -> (i32, i32) {
        (self.left + self.width / 2, self.top + self.height / 2)
    }
}

/// From the lowest to the highest value, with air at both ends as for a range of at least `least`;
/// `None` without a value.
pub(super) fn range(values: impl Iterator<Item = f64>, least: f64) -> Option<Range<f64>> {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = values.fold(ends, |(low, high), value| (low.min(value), high.max(value)));
    let air = 0.05 * (high - low).max(least);
    (low <= high).then_some(low - air..high + air)
}

/// Digits behind the point, as many as it takes for neighbouring labels of an axis to differ.
pub(super) const fn digits(span: f64) -> usize {
    match span {
        span if span >= 4.0 => 0,
        span if span >= 0.4 => 1,
        span if span >= 0.04 => 2,
        _ => 3,
    }
}
