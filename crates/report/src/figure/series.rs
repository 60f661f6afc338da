use crate::Summary;
use crate::sheet::Sheet;
use results::Curve;
use std::collections::BTreeMap;
use training::CurvePoint;

/// What one panel of the figure shows: a column of the table.
pub(super) struct Panel {
    pub title: String,
    pub lines: Vec<Line>,
    /// Accuracy of the trivial floor, in percent.
    pub floor: Option<f64>,
    /// The paper's values in percent, each with the rows that have it.
    pub paper: Vec<(f64, Vec<usize>)>,
}

/// One row's seeds, pooled.
pub(super) struct Line {
    /// Its row in the table, which fixes the colour.
    pub row: usize,
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
pub(super) fn panels(summary: &Summary, sheet: &Sheet, curves: &[Curve]) -> Vec<Panel> {
    let spec = &summary.question.table;
    let panel = |(index, column): (usize, &String)| {
        let mut lines = Vec::new();
        let mut paper: Vec<(f64, Vec<usize>)> = Vec::new();
        for (row, name) in sheet.rows.iter().enumerate() {
            let Some(place) = &sheet.places[row][index] else {
                continue;
            };
            if let Some(value) = place.paper.map(|value| value.accuracy * 100.0) {
                match paper
                    .iter_mut()
                    .find(|(known, _)| (known - value).abs() < 0.05)
                {
                    Some((_, rows)) => rows.push(row),
                    None => paper.push((value, vec![row])),
                }
            }
            let has = |axis: &str, value: &str, curve: &Curve| {
                curve
                    .cell
                    .axes
                    .iter()
                    .any(|(key, at)| key == axis && at == value)
            };
            let here = |curve: &&Curve| {
                has(&spec.rows, name, curve)
                    && has(&spec.columns, column, curve)
                    && sheet
                        .fixed
                        .iter()
                        .all(|(axis, value)| has(axis, value, curve))
            };
            let seeds: Vec<&Curve> = curves.iter().filter(here).collect();
            let accuracy = pool(&seeds, |point| point.validation_accuracy * 100.0);
            let loss = pool(&seeds, |point| point.validation_loss);
            if !accuracy.is_empty() {
                lines.push(Line {
                    row,
                    accuracy,
                    loss,
                });
            }
        }
        let floors = sheet.floors(index);
        let floor = match floors.as_slice() {
            [floor] => Some(floor.accuracy * 100.0),
            _ => None,
        };
        Panel {
            title: column.clone(),
            lines,
            floor,
            paper,
        }
    };
    sheet.columns.iter().enumerate().map(panel).collect()
}

/// Pools the steps that every seed has: past the end of the shortest run a mean would jump.
fn pool(seeds: &[&Curve], value: impl Fn(&CurvePoint) -> f64) -> Vec<Band> {
    let mut steps: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for point in seeds.iter().flat_map(|curve| &curve.points) {
        let value = value(point);
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
