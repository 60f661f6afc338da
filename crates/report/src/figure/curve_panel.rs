use super::axes::{AXIS, Axes, Plot, digits, range};
use super::canvas::{Canvas, Drawn, heading, label, unfinished, upright};
use super::frame::Slot;
use super::gutter::{GUTTER, gutter};
use super::series::{CurvePanel, Line};
use super::shape::Shape;
use super::sketch::Panel;
use super::style::{MUTED, stroke};
use super::traces::Traces;
use evidence::{VALIDATION_ACCURACY, VALIDATION_LOSS};
use plotters::prelude::{Color, DashedLineSeries, LineSeries, Polygon};

const HEADING: i32 = 26;
const ACCURACY: i32 = 210;
const BETWEEN: i32 = 32;
const LOSS: i32 = 150;
/// Under the loss, for the numbers of its axis and what they are.
const STEPS: i32 = 44;
pub(super) const TALL: i32 = HEADING + ACCURACY + BETWEEN + LOSS + STEPS;
/// Room under a plot for the numbers of its axis.
const NUMBERS: i32 = 22;

/// Marks along a line, about.
const MARKS: usize = 4;

/// What a plot shows.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Accuracy,
    Loss,
}

impl Panel for CurvePanel {
    fn draw(&self, canvas: &Canvas<'_>, slot: Slot) -> Drawn {
        let accuracy = Plot {
            left: slot.left + AXIS,
            top: slot.top + HEADING,
            width: slot.width - AXIS - GUTTER,
            height: ACCURACY,
        };
        let loss = Plot {
            top: accuracy.top + ACCURACY + BETWEEN,
            height: LOSS,
            ..accuracy
        };
        let (middle, _) = accuracy.middle();
        heading(canvas, (middle, accuracy.top - 12), &self.title)?;
        self.plot(canvas, accuracy, Kind::Accuracy)?;
        self.plot(canvas, loss, Kind::Loss)?;
        if slot.is_first {
            let left = slot.left - 10;
            let (accuracy, loss) = (accuracy.middle().1, loss.middle().1);
            upright(canvas, (left, accuracy), &VALIDATION_ACCURACY.axis())?;
            upright(canvas, (left, loss), &VALIDATION_LOSS.axis())?;
        }
        label(
            canvas,
            (middle, loss.top + LOSS + 29),
            &self.horizontal.to_string(),
        )
    }
}

impl CurvePanel {
    /// Draws one plot: axes, bands, lines, and for accuracy the rules of floor and paper.
    fn plot(&self, canvas: &Canvas<'_>, plot: Plot, kind: Kind) -> Drawn {
        let (least, labels) = match kind {
            Kind::Accuracy => (4.0, 6),
            Kind::Loss => (0.02, 4),
        };
        let all = || self.lines.iter().map(|line| traces(line, kind));
        let paper = self.paper.iter().map(|(value, _)| *value);
        let rules = self.floor.into_iter().chain(paper);
        let rules = rules.filter(|_| kind == Kind::Accuracy);
        let ends = all().flat_map(Traces::ends);
        let Some(y) = range(ends.chain(rules), least) else {
            return unfinished(canvas, plot.middle());
        };
        let reach = all().map(Traces::reach);
        let ends = reach.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| {
            (a.0.min(b.0), a.1.max(b.1))
        });
        let (first, last) = match self.horizontal.is_logarithmic {
            true => (ends.0, ends.1.max(ends.0 + 0.1)),
            false => (0.0, ends.1.max(1.0)),
        };
        let axes = Axes {
            x: first..last,
            horizontal: self.horizontal,
            under: NUMBERS,
            labels: (4, labels),
            digits: digits(y.end - y.start),
            y,
        };
        let mut chart = axes.draw(canvas, plot)?;
        if kind == Kind::Accuracy {
            for (value, colours) in &self.paper {
                let colour = if let [one] = colours[..] { one } else { MUTED };
                let rule = [(first, *value), (last, *value)];
                chart.draw_series(DashedLineSeries::new(rule, 1, 3, stroke(colour, 1)))?;
            }
            if let Some(floor) = self.floor {
                let rule = [(first, floor), (last, floor)];
                chart.draw_series(DashedLineSeries::new(rule, 6, 4, stroke(MUTED, 1)))?;
            }
        }
        for line in &self.lines {
            let traces = traces(line, kind);
            match traces.each.is_empty() {
                true => {
                    let band = Polygon::new(traces.outline(), line.colour.mix(0.16));
                    chart.draw_series([band])?;
                }
                false => {
                    for replicate in &traces.each {
                        let thin = line.colour.mix(0.5).stroke_width(1);
                        chart.draw_series(LineSeries::new(replicate.iter().copied(), thin))?;
                    }
                }
            }
        }
        for line in &self.lines {
            let means = traces(line, kind).means();
            chart.draw_series(LineSeries::new(means, stroke(line.colour, 2)))?;
            for point in marked(line, traces(line, kind)) {
                let at = chart.backend_coord(&point);
                Shape::of(line.row).mark(canvas, at, line.colour)?;
            }
        }
        if kind == Kind::Accuracy {
            let at = |value: f64| chart.backend_coord(&(last, value)).1;
            gutter(canvas, plot, self, at)?;
        }
        Ok(())
    }
}

/// Some points of the mean, those of each row at other steps.
fn marked(line: &Line, traces: &Traces) -> Vec<(f64, f64)> {
    let means: Vec<(f64, f64)> = traces.means().collect();
    let apart = means.len().div_ceil(MARKS).max(1);
    let first = (1 + line.row) % apart;
    means.into_iter().skip(first).step_by(apart).collect()
}

const fn traces(line: &Line, kind: Kind) -> &Traces {
    match kind {
        Kind::Accuracy => &line.accuracy,
        Kind::Loss => &line.loss,
    }
}
