//! A claim's weighted sum in each replicate.

use crate::evidence::{Evidence, Jobs, Replicates};
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
    /// The sum of its parts' sizes: what its last digits are relative to.
    pub size: f64,
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
    pub fn new(claim: &'g Claim, evidence: &'g Evidence<'a>) -> Self {
        let terms = claim.terms.iter();
        let terms = terms.map(|term| Some((term, evidence.at(&term.place)?)));
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
        size: readings
            .iter()
            .map(|(w, reading)| (w * reading.value).abs())
            .sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measure;
    use crate::registry::MEASURES;

    /// The sum of readings with their weights, true for bounds, of steps (fewer are ahead).
    fn value(readings: &[(f64, f64, bool)], by: f64) -> f64 {
        let steps: Vec<&&Measure> = MEASURES.iter().filter(|m| m.key().is_some()).collect();
        let claim = Claim {
            says: String::new(),
            terms: Vec::new(),
            measure: steps[0],
            at: Some(0.5),
            test: ClaimTest::More { by },
            margin: 1.0,
            compared: String::new(),
            paper: None,
            critics: None,
        };
        let reading = |&(weight, value, is_bound): &(f64, f64, bool)| {
            let exact = Reading::exact(value, 0.0);
            (weight, Reading { is_bound, ..exact })
        };
        let readings: Vec<_> = readings.iter().map(reading).collect();
        sum(&readings, &claim).value
    }

    #[test]
    fn a_bound_claims_no_more_than_is_known() {
        let lead = |(ours, stopped): (f64, bool), (theirs, too)| {
            value(&[(-1.0, ours, stopped), (1.0, theirs, too)], 0.0)
        };
        assert_eq!(lead((3.0, false), (5.0, false)), 2.0);
        assert_eq!(lead((3.0, false), (5.0, true)), 2.0);
        assert_eq!(lead((5.0, false), (3.0, true)), 0.0);
        assert_eq!(lead((3.0, true), (5.0, false)), 0.0);
        assert_eq!(lead((5.0, true), (3.0, false)), -2.0);
        assert_eq!(lead((3.0, true), (5.0, true)), 0.0);
    }

    #[test]
    fn of_four_cells_and_against_a_number_too() {
        let gaps = |a: bool, b: bool, by: f64| {
            let cells = [
                (-1.0, 1.0, a),
                (1.0, 5.0, b),
                (1.0, 2.0, false),
                (-1.0, 3.0, false),
            ];
            value(&cells, by)
        };
        assert_eq!(gaps(false, false, 0.0), 3.0);
        assert_eq!(gaps(false, true, 0.0), 3.0);
        assert_eq!(gaps(true, false, 0.0), 0.0);
        assert_eq!(gaps(true, true, 0.0), 0.0);
        // It may be anything above 3: nothing speaks against "more than 4".
        assert_eq!(gaps(false, true, 4.0), 4.0);
        assert_eq!(gaps(false, true, 1.0), 3.0);
    }
}
