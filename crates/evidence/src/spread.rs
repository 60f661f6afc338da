use crate::cell::{Cell, Choice, Place};
use crate::curve::{Curve, by_job};
use crate::question::Question;
use crate::run::Run;
use crate::seed::{pilot_of, replicate};
use crate::unit::Unit;
use std::collections::BTreeMap;

/// How much bodies of one kind differ, and how much the jobs around one of them: the variance components of a one-way
/// analysis of variance, in the table's measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub axes: Choice,
    pub bodies: usize,
    /// Jobs around each.
    pub jobs: usize,
    /// Standard deviation between bodies, what their jobs alone would make of it taken off; 0 where that is more.
    pub between: f64,
    /// Standard deviation between the jobs around one body.
    pub within: f64,
    pub unit: Unit,
}

/// Of each cell that has several jobs around each of several bodies, of those that are finished with all of theirs.
pub fn spread(question: &Question, runs: &[Run], curves: &[Curve], cells: &[Cell]) -> Vec<Spread> {
    let mut asked: Vec<(Place, &Choice, BTreeMap<u64, usize>)> = Vec::new();
    for cell in cells.iter().filter(|cell| pilot_of(cell.seed).is_none()) {
        let place = cell.place();
        let at = asked.iter().position(|(known, ..)| *known == place);
        let at = at.unwrap_or_else(|| {
            asked.push((place, &cell.axes, BTreeMap::new()));
            asked.len() - 1
        });
        *asked[at].2.entry(replicate(cell.seed)).or_default() += 1;
    }
    let curves = by_job(curves);
    let measure = question.table.measure;
    let of_cell = |(place, axes, bodies): (Place, &Choice, BTreeMap<u64, usize>)| {
        let here = runs.iter().filter(|run| run.cell.place() == place);
        let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for run in here.filter(|run| pilot_of(run.cell.seed).is_none()) {
            let curve = curves.get(&run.cell.job).copied().unwrap_or_default();
            let reading = measure.read(run, curve, None);
            let body = values.entry(replicate(run.cell.seed)).or_default();
            body.extend(reading.map(|reading| reading.value));
        }
        let jobs = bodies.values().copied().max()?;
        values.retain(|_, values| values.len() == jobs);
        let means: Vec<f64> = values.values().map(|values| mean(values)).collect();
        if jobs < 2 || means.len() < 2 {
            return None;
        }
        let inside = values.values().map(|values| variance(values)).sum::<f64>();
        let within = inside / means.len() as f64;
        let between = (variance(&means) - within / jobs as f64).max(0.0);
        Some(Spread {
            axes: axes.clone(),
            bodies: means.len(),
            jobs,
            between: between.sqrt(),
            within: within.sqrt(),
            unit: measure.unit,
        })
    };
    asked.into_iter().filter_map(of_cell).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares = values.iter().map(|value| (value - middle).powi(2));
    squares.sum::<f64>() / (values.len() - 1) as f64
}
