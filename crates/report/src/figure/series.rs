use super::look::Look;
use evidence::{Curve, Quantity, VALIDATION_ACCURACY, VALIDATION_LOSS};
use plotters::prelude::RGBColor;
use std::collections::BTreeMap;

/// What one panel of curves shows: a column of the table.
pub(super) struct CurvePanel {
    pub title: String,
    pub lines: Vec<Line>,
    /// Accuracy of the trivial floor, in percent.
    pub floor: Option<f64>,
    /// The paper's values in percent, each with the colours of the rows that have it.
    pub paper: Vec<(f64, Vec<RGBColor>)>,
}

/// One row's seeds, pooled.
pub(super) struct Line {
    pub colour: RGBColor,
    pub accuracy: Vec<Band>,
    pub loss: Vec<Band>,
}

/// Mean and range over seeds at one step.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub step: f64,
    pub low: f64,
    pub mean: f64,
    pub high: f64,
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
    for ((row, cells), colour) in rows {
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
        let seeds: Vec<&Curve> = look.summary.curves.iter().filter(here).collect();
        let accuracy = pool(&seeds, &VALIDATION_ACCURACY);
        if !accuracy.is_empty() {
            lines.push(Line {
                colour: *colour,
                accuracy,
                loss: pool(&seeds, &VALIDATION_LOSS),
            });
        }
    }
    CurvePanel {
        title: column.to_owned(),
        lines,
        floor: match sheet.floors(index)[..] {
            [floor] => Some(floor.accuracy * 100.0),
            _ => None,
        },
        paper,
    }
}

/// Pools the steps that every seed has: past the end of the shortest run a mean would jump.
fn pool(seeds: &[&Curve], quantity: &Quantity) -> Vec<Band> {
    let mut steps: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for point in seeds.iter().flat_map(|curve| &curve.points) {
        let value = quantity.printed(point);
        if value.is_finite() {
            steps.entry(point.step).or_default().push(value);
        }
    }
    let whole = steps
        .into_iter()
        .filter(|(_, values)| values.len() == seeds.len());
    let band = |(step, values): (u64, Vec<f64>)| Band {
        step: step as f64,
        low: values.iter().copied().fold(f64::INFINITY, f64::min),
        mean: values.iter().sum::<f64>() / values.len() as f64,
        high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    whole.map(band).collect()
}
