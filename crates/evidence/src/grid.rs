//! Runs where they stand: by place, and there by replicate.

use crate::cell::{Cell, Place};
use crate::curve::{Curve, by_job};
use crate::measure::Measure;
use crate::reading::Reading;
use crate::run::Run;
use crate::seed::{pilot_of, replicate};
use std::collections::{BTreeMap, BTreeSet};
use training::CurvePoint;

/// A plan's cells with the runs that answer them, pilots left out.
pub(crate) struct Grid<'a>(BTreeMap<Place, Replicates<'a>>);

/// By their numbers.
pub(crate) type Replicates<'a> = BTreeMap<u64, Jobs<'a>>;

/// What one place has of a replicate: the jobs around one body.
#[derive(Default)]
pub(crate) struct Jobs<'a> {
    asked: BTreeSet<u64>,
    /// By seed, so that sums do not depend on the order of rows.
    finished: BTreeMap<u64, (&'a Run, &'a [CurvePoint])>,
}

impl<'a> Grid<'a> {
    /// Runs that no cell of the plan asks for are left out.
    pub fn new(runs: &'a [Run], curves: &'a [Curve], cells: &[Cell]) -> Self {
        let mut grid = BTreeMap::<Place, Replicates<'a>>::new();
        for cell in cells.iter().filter(|cell| pilot_of(cell.seed).is_none()) {
            let replicates = grid.entry(cell.place()).or_default();
            let jobs = replicates.entry(replicate(cell.seed)).or_default();
            jobs.asked.insert(cell.seed);
        }
        let curves = by_job(curves);
        for run in runs {
            let seed = run.cell.seed;
            let replicates = grid.get_mut(&run.cell.place());
            let jobs = replicates.and_then(|here| here.get_mut(&replicate(seed)));
            if let Some(jobs) = jobs.filter(|jobs| jobs.asked.contains(&seed)) {
                let curve = curves.get(&run.cell.job).copied().unwrap_or_default();
                jobs.finished.insert(seed, (run, curve));
            }
        }
        Self(grid)
    }

    /// The replicates that a place is asked for; none where the plan has no such place.
    pub fn at(&self, place: &Place) -> Option<&Replicates<'a>> {
        self.0.get(place)
    }

    /// Every place with the number of replicates that it is asked for.
    pub fn asked(&self) -> BTreeMap<Place, usize> {
        let places = self.0.iter();
        places
            .map(|(place, here)| (place.clone(), here.len()))
            .collect()
    }

    pub fn places(&self) -> impl Iterator<Item = &Replicates<'a>> {
        self.0.values()
    }
}

impl<'a> Jobs<'a> {
    pub fn runs(&self) -> impl Iterator<Item = &'a Run> {
        self.finished.values().map(|(run, _)| *run)
    }

    /// The curves of the jobs; none until all that are asked for are finished.
    pub fn curves(&self) -> impl Iterator<Item = &'a [CurvePoint]> {
        let is_whole = self.finished.len() == self.asked.len();
        let curves = self.finished.values().map(|(_, curve)| *curve);
        curves.filter(move |_| is_whole)
    }

    /// What each finished job is read as.
    pub fn readings(
        &self,
        measure: &Measure,
        at: Option<f64>,
    ) -> impl Iterator<Item = Option<Reading>> {
        let finished = self.finished.values();
        finished.map(move |(run, curve)| measure.read(run, curve, at))
    }

    /// The mean over the jobs; `None` until all that are asked for have a reading.
    pub fn reading(&self, measure: &Measure, at: Option<f64>) -> Option<Reading> {
        let readings: Vec<Reading> = self.readings(measure, at).flatten().collect();
        let is_whole = readings.len() == self.asked.len();
        Reading::mean(&readings).filter(|_| is_whole)
    }
}
