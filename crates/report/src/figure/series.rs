use super::look::Look;
use super::traces::Traces;
use crate::along::{Along, Horizontal};
use evidence::{Curve, VALIDATION_ACCURACY, VALIDATION_LOSS};
use plotters::prelude::RGBColor;

/// What one panel of curves shows: a column of the table.
pub(super) struct CurvePanel {
    pub horizontal: Horizontal,
    pub title: String,
    pub lines: Vec<Line>,
    /// Accuracy of the trivial floor, in percent.
    pub floor: Option<f64>,
    /// The paper's values in percent, each with the colours of the rows that have it.
    pub paper: Vec<(f64, Vec<RGBColor>)>,
}

/// One row's replicates.
pub(super) struct Line {
    pub colour: RGBColor,
    /// Which row of the table it is.
    pub row: usize,
    pub accuracy: Traces,
    pub loss: Traces,
}

/// The panels of a sheet, in the order of its columns.
pub(super) fn panels(look: &Look<'_>) -> Vec<CurvePanel> {
    let columns = look.sheet.columns.iter().enumerate();
    columns
        .map(|(index, column)| panel(look, index, column))
        .collect()
}

fn panel(look: &Look<'_>, index: usize, column: &str) -> CurvePanel {
    let (spec, sheet) = (&look.summary.question.table, look.sheet);
    let mut lines = Vec::new();
    let mut paper: Vec<(f64, Vec<RGBColor>)> = Vec::new();
    let rows = sheet.rows.iter().zip(&sheet.cells).zip(&look.colours);
    for (number, ((row, cells), colour)) in rows.enumerate() {
        let Some(cell) = &cells[index] else {
            continue;
        };
        if let Some(value) = cell.paper.map(|value| value.accuracy * 100.0) {
            let mut known = paper.iter_mut();
            match known.find(|(known, _)| (known - value).abs() < 0.05) {
                Some((_, colours)) => colours.push(*colour),
                None => paper.push((value, vec![*colour])),
            }
        }
        let here = |curve: &&Curve| {
            let mut fixed = sheet.fixed.iter();
            curve.cell.is_at(&spec.rows, row)
                && curve.cell.is_at(&spec.columns, column)
                && fixed.all(|(axis, value)| curve.cell.is_at(axis, value))
        };
        let curves: Vec<&Curve> = look.summary.curves.iter().filter(here).collect();
        let horizontal = look.summary.horizontal;
        let worth = curves
            .iter()
            .filter_map(|curve| horizontal.along.of_step(curve, &look.summary.background));
        let worth: Vec<f64> = worth.collect();
        // What the settings do not tell is not drawn.
        if worth.is_empty() && horizontal.along != Along::Steps {
            continue;
        }
        let worth = worth.iter().sum::<f64>() / worth.len().max(1) as f64;
        let place = |step: u64| horizontal.place(step as f64 * worth);
        let accuracy = Traces::of(&curves, &VALIDATION_ACCURACY, place);
        if accuracy.replicates > 0 {
            lines.push(Line {
                colour: *colour,
                row: number,
                accuracy,
                loss: Traces::of(&curves, &VALIDATION_LOSS, place),
            });
        }
    }
    CurvePanel {
        title: sheet.heads[index].clone(),
        horizontal: look.summary.horizontal,
        lines,
        floor: match sheet.floors(index)[..] {
            [floor] => Some(floor.accuracy * 100.0),
            _ => None,
        },
        paper,
    }
}
