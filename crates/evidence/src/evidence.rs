//! What a question is judged by: its runs where they stand, by place, and there by replicate.

use crate::cell::{Cell, Place};
use crate::curve::{Curve, by_job};
use crate::measure::Measure;
use crate::question::Question;
use crate::reading::Reading;
use crate::run::Run;
use crate::seed::{pilot_of, replicate};
use std::collections::{BTreeMap, BTreeSet};
use training::CurvePoint;

/// A question, the cells that its plan asks for, and the runs that answer them, pilots left out.
pub struct Evidence<'a> {
    pub(crate) question: &'a Question,
    cells: &'a [Cell],
    places: BTreeMap<Place, Replicates<'a>>,
}

/// By their numbers.
pub(crate) type Replicates<'a> = BTreeMap<u64, Jobs<'a>>;

/// What one place has of a replicate: the jobs around one body.
#[derive(Default)]
pub(crate) struct Jobs<'a> {
    asked: BTreeSet<u64>,
    /// By seed, so that sums do not depend on the order of rows.
    finished: BTreeMap<u64, (&'a Run, &'a [CurvePoint])>,
}

impl<'a> Evidence<'a> {
    /// Runs that no cell asks for are left out. Where learning rates are chosen, of the rows at these
    /// ([`Selected::evidence`](crate::Selected::evidence)).
    pub fn new(
        question: &'a Question,
        runs: &'a [Run],
        curves: &'a [Curve],
        cells: &'a [Cell],
    ) -> Self {
        let mut places = BTreeMap::<Place, Replicates<'a>>::new();
        for cell in cells.iter().filter(|cell| pilot_of(cell.seed).is_none()) {
            let replicates = places.entry(cell.place()).or_default();
            let jobs = replicates.entry(replicate(cell.seed)).or_default();
            jobs.asked.insert(cell.seed);
        }
        let curves = by_job(curves);
        for run in runs {
            let seed = run.cell.seed;
            let replicates = places.get_mut(&run.cell.place());
            let jobs = replicates.and_then(|here| here.get_mut(&replicate(seed)));
            if let Some(jobs) = jobs.filter(|jobs| jobs.asked.contains(&seed)) {
                let curve = curves.get(&run.cell.job).copied().unwrap_or_default();
                jobs.finished.insert(seed, (run, curve));
            }
        }
        Self {
            question,
            cells,
            places,
        }
    }

    /// The replicates that a place is asked for; none where the plan has no such place.
    pub(crate) fn at(&self, place: &Place) -> Option<&Replicates<'a>> {
        self.places.get(place)
    }

    /// Every place with the number of replicates that it is asked for.
    pub(crate) fn asked(&self) -> BTreeMap<Place, usize> {
        let places = self.places.iter();
        places
            .map(|(place, here)| (place.clone(), here.len()))
            .collect()
    }

    pub(crate) fn replicates(&self) -> impl Iterator<Item = &Replicates<'a>> {
        self.places.values()
    }

    /// The first cell of each place, in the order of the plan; one that only pilots are asked for has no replicates.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = (&'a Cell, Option<&Replicates<'a>>)> {
        let mut seen = BTreeSet::new();
        let firsts = self
            .cells
            .iter()
            .filter(move |cell| seen.insert(cell.place()));
        firsts.map(move |cell| (cell, self.at(&cell.place())))
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
