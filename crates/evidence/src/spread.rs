use crate::cell::{Cell, Choice};
use crate::evidence::{Evidence, Jobs, Replicates};
use crate::statistics::{deviation, mean};
use crate::unit::Unit;

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
pub fn spread(evidence: &Evidence<'_>) -> Vec<Spread> {
    let measure = evidence.question.table.measure;
    let of_cell = |cell: &Cell, replicates: &Replicates<'_>| {
        let whole = |jobs: &Jobs<'_>| -> Option<Vec<f64>> {
            jobs.reading(measure, None)?;
            let readings = jobs.readings(measure, None).flatten();
            Some(readings.map(|reading| reading.value).collect())
        };
        let bodies: Vec<Vec<f64>> = replicates.values().filter_map(whole).collect();
        let jobs = bodies.first()?.len();
        // What is taken off below is for as many jobs around each body.
        if bodies.iter().any(|values| values.len() != jobs) {
            return None;
        }
        let means: Vec<f64> = bodies.iter().map(|values| mean(values)).collect();
        let inside = bodies.iter().map(|values| deviation(values));
        let inside = inside.collect::<Option<Vec<f64>>>()?;
        let squares = inside.iter().map(|deviation| deviation * deviation);
        let within = squares.sum::<f64>() / bodies.len() as f64;
        let between = deviation(&means)?.powi(2) - within / jobs as f64;
        Some(Spread {
            axes: cell.axes.clone(),
            bodies: bodies.len(),
            jobs,
            between: between.max(0.0).sqrt(),
            within: within.sqrt(),
            unit: measure.unit,
        })
    };
    let firsts = evidence.firsts();
    firsts
        .filter_map(|(cell, replicates)| of_cell(cell, replicates?))
        .collect()
}
