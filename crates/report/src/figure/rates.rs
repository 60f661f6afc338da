//! Accuracy against learning rate, a panel for each column of the table.

use super::axes::{AXIS, Axes, Plot, range};
use super::canvas::{Canvas, Drawn, heading, label, unfinished, upright};
use super::frame::Slot;
use super::legend::{Entry, Mark};
use super::look::Look;
use super::shape::Shape;
use super::sketch::{Panel, Sketch};
use super::style::{INK, stroke};
use crate::along::Horizontal;
use evidence::{Chosen, Trial, VALIDATION_ACCURACY};
use plotters::prelude::{Circle, LineSeries, PathElement, RGBColor};

const HEADING: i32 = 26;
const PLOT: i32 = 220;
/// Under a plot: its rates, and what they are.
const RATES: i32 = 48;
/// Right of a plot.
const FREE: i32 = 12;

struct RatePanel<'a> {
    title: &'a str,
    lines: Vec<Line<'a>>,
}

/// A row's trials in one panel.
struct Line<'a> {
    colour: RGBColor,
    /// Which row of the table it is.
    row: usize,
    chosen: &'a Chosen,
}

/// The figure of a sheet; `None` where nothing was chosen.
pub(super) fn sketch<'a>(look: &Look<'a>) -> Option<Sketch<'a>> {
    let columns = look.sheet.heads.iter().enumerate();
    let panels: Vec<RatePanel<'a>> = columns
        .map(|(column, title)| RatePanel {
            title,
            lines: lines(look, column),
        })
        .collect();
    if panels.iter().all(|panel| panel.lines.is_empty()) {
        return None;
    }
    let mut legend = look.rows();
    legend.push(Entry {
        mark: Mark::Ring,
        name: "chosen on validation".to_owned(),
    });
    let panel = |panel: RatePanel<'a>| -> Box<dyn Panel + 'a> { Box::new(panel) };
    Some(Sketch {
        name: look.name("rates"),
        title: look.title(),
        caption: caption(look),
        legend,
        panels: panels.into_iter().map(panel).collect(),
        tall: HEADING + PLOT + RATES,
        least: 0,
    })
}

fn caption(look: &Look<'_>) -> String {
    let over = match look.summary.piloted.is_empty() {
        true => "jobs",
        false => "pilots",
    };
    format!(
        "Validation accuracy of the tested weights: a mean over {over}, with its 95 % t interval where there are several. The \
         ring is the rate that the tables show."
    )
}

/// The rows of a column that have several rates to choose from.
fn lines<'a>(look: &Look<'a>, column: usize) -> Vec<Line<'a>> {
    let rows = look.sheet.cells.iter().zip(&look.colours);
    let lines = rows.enumerate().filter_map(|(row, (cells, colour))| {
        let cell = cells[column].as_ref()?;
        let mut all = look.summary.chosen.iter();
        let chosen = all.find(|chosen| chosen.axes == cell.axes)?;
        (chosen.trials.len() > 1).then_some(Line {
            colour: *colour,
            row,
            chosen,
        })
    });
    lines.collect()
}

impl Panel for RatePanel<'_> {
    fn draw(&self, canvas: &Canvas<'_>, slot: Slot) -> Drawn {
        let plot = Plot {
            left: slot.left + AXIS,
            top: slot.top + HEADING,
            width: slot.width - AXIS - FREE,
            height: PLOT,
        };
        let middle = plot.left + (slot.width - AXIS) / 2;
        heading(canvas, (middle, slot.top + HEADING / 2), self.title)?;
        self.plot(canvas, plot)?;
        if slot.is_first {
            let at = (slot.left - 10, plot.middle().1);
            upright(canvas, at, &VALIDATION_ACCURACY.axis())?;
        }
        Ok(())
    }
}

impl RatePanel<'_> {
    fn plot(&self, canvas: &Canvas<'_>, plot: Plot) -> Drawn {
        let trials = || self.lines.iter().flat_map(|line| &line.chosen.trials);
        let ends = trials().filter_map(point);
        let ends = ends.flat_map(|(_, mean, half)| [mean - half, mean + half]);
        let Some(y) = range(ends, 4.0) else {
            // Without numbers at its axis, their room is a part of the plot.
            let (middle, y) = plot.middle();
            return unfinished(canvas, (middle - AXIS / 2, y));
        };
        let first = trials().map(rate).fold(f64::INFINITY, f64::min);
        let last = trials().map(rate).fold(f64::NEG_INFINITY, f64::max);
        let axes = Axes {
            horizontal: Horizontal::default(),
            x: first - 0.15..last + 0.15,
            y,
            under: 6,
            labels: (0, 6),
            digits: 0,
        };
        let mut chart = axes.draw(canvas, plot)?;
        for Line {
            colour,
            row,
            chosen,
        } in &self.lines
        {
            let points: Vec<_> = chosen.trials.iter().filter_map(point).collect();
            let means = points.iter().map(|(rate, mean, _)| (*rate, *mean));
            chart.draw_series(LineSeries::new(means, stroke(*colour, 2)))?;
            let bars = points.iter().map(|(rate, mean, half)| {
                let ends = vec![(*rate, mean - half), (*rate, mean + half)];
                PathElement::new(ends, stroke(*colour, 1))
            });
            chart.draw_series(bars)?;
            for (rate, mean, _) in &points {
                let at = chart.backend_coord(&(*rate, *mean));
                Shape::of(*row).mark(canvas, at, *colour)?;
            }
            let best = chosen.best.and_then(|best| point(&chosen.trials[best]));
            let ring = best.map(|(rate, mean, _)| Circle::new((rate, mean), 6, stroke(INK, 1)));
            chart.draw_series(ring)?;
        }
        let mut rates: Vec<&Trial> = Vec::new();
        for trial in trials() {
            if rates.iter().all(|known| known.rate != trial.rate) {
                rates.push(trial);
            }
        }
        for trial in rates {
            let (x, _) = chart.backend_coord(&(rate(trial), axes.y.start));
            label(canvas, (x, plot.top + PLOT + 14), &trial.rate.to_string())?;
        }
        let (middle, _) = plot.middle();
        label(canvas, (middle, plot.top + PLOT + 32), "learning rate")
    }
}

/// Where a rate lies on its axis.
fn rate(trial: &Trial) -> f64 {
    trial.rate.0.log10()
}

/// A rate with its mean and half the width of its interval, in percent; `None` without a seed.
fn point(trial: &Trial) -> Option<(f64, f64, f64)> {
    let validation = trial.validation?;
    let half = validation.half_width.unwrap_or(0.0);
    Some((rate(trial), validation.mean * 100.0, half * 100.0))
}
