//! A claim's weighted sum in each replicate.

use crate::grid::{Grid, Jobs, Replicates};
use crate::measure::Direction;
use crate::question::{Claim, ClaimTest, Term};
use crate::reading::Reading;
use std::collections::BTreeMap;

/// The sum of a replicate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sum {
    /// In the measure's unit; where readings are bounds, the value nearest to what the claim is tested
    /// against among those that the true one may have.
    pub value: f64,
    pub is_bound: bool,
    /// What is known beforehand of its variance.
    pub variance: f64,
}

/// What a study has of a claim.
pub(crate) struct Sums<'a, 'g> {
    claim: &'g Claim,
    /// Each term's replicates; empty where a cell of the claim is not in the plan.
    terms: Vec<(&'g Term, &'g Replicates<'a>)>,
    /// The replicates that all cells of the claim are asked for, rising.
    pub asked: Vec<u64>,
    /// Of those, the ones whose cells are all read.
    pub whole: BTreeMap<u64, Sum>,
}

impl<'a, 'g> Sums<'a, 'g> {
    pub fn new(claim: &'g Claim, grid: &'g Grid<'a>) -> Self {
        let terms = claim.terms.iter();
        let terms = terms.map(|term| Some((term, grid.at(&term.place)?)));
        let terms: Vec<_> = terms.collect::<Option<_>>().unwrap_or_default();
        let first = terms.first().into_iter();
        let asked: Vec<u64> = first
            .flat_map(|(_, replicates)| replicates.keys().copied())
            .filter(|number| terms.iter().all(|(_, here)| here.contains_key(number)))
            .collect();
        let read = |number: &u64| -> Option<(u64, Sum)> {
            let readings = terms.iter().map(|(term, here)| {
                let reading = here[number].reading(claim.measure, claim.at)?;
                Some((term.weight, reading))
            });
            let readings: Vec<_> = readings.collect::<Option<_>>()?;
            Some((*number, sum(&readings, claim)))
        };
        Self {
            whole: asked.iter().filter_map(read).collect(),
            claim,
            terms,
            asked,
        }
    }

    /// The sums of the first so many replicates, once all of them are whole.
    pub fn first(&self, n: usize) -> Option<Vec<Sum>> {
        let numbers = self.asked.get(..n)?.iter();
        numbers
            .map(|number| self.whole.get(number).copied())
            .collect()
    }

    /// The jobs of these replicates at the claim's cells.
    pub fn jobs(&self, numbers: &[u64]) -> impl Iterator<Item = &'g Jobs<'a>> {
        let terms = self.terms.iter();
        terms.flat_map(|(_, here)| numbers.iter().filter_map(|number| here.get(number)))
    }

    /// Finished runs without the reading that the claim is about.
    pub fn unread(&self) -> usize {
        let (measure, at) = (self.claim.measure, self.claim.at);
        let readings = self
            .jobs(&self.asked)
            .flat_map(|jobs| jobs.readings(measure, at));
        readings.filter(Option::is_none).count()
    }
}

/// The weighted sum of a replicate's readings. A bound says that the true reading is no better, so that the
/// sum may lie anywhere on one side, or anywhere at all; no more is claimed than is known. Who stopped
/// early without arriving is not ahead of one that arrives later, and two that never arrive are a tie.
fn sum(readings: &[(f64, Reading)], claim: &Claim) -> Sum {
    let worse = match claim.measure.direction {
        Direction::Higher => -1.0,
        Direction::Lower => 1.0,
    };
    let (mut low, mut high, mut variance) = (0.0, 0.0, 0.0);
    for (weight, reading) in readings {
        low += weight * reading.value;
        high += weight * reading.value;
        variance += weight * weight * reading.variance;
        if reading.is_bound {
            match weight * worse > 0.0 {
                true => high = f64::INFINITY,
                false => low = f64::NEG_INFINITY,
            }
        }
    }
    let against = match claim.test {
        ClaimTest::More { by } => by,
        ClaimTest::Within => 0.0,
    };
    Sum {
        value: against.max(low).min(high),
        is_bound: readings.iter().any(|(_, reading)| reading.is_bound),
        variance,
    }
}
