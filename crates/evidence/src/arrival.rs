//! How soon cells learn: the gradient steps that their runs take to one validation accuracy, the same for all
//! that are compared.

use crate::cell::Place;
use crate::evidence::{Evidence, Jobs, Replicates};
use crate::pooled::Pooled;
use crate::registry::STEPS_TO_ACCURACY;
use crate::statistics::{Estimate, mean};
use std::collections::BTreeMap;
use training::CurvePoint;

/// How soon the runs of a cell reach a validation accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// The accuracy, between 0 and 1.
    pub at: f64,
    /// Gradient steps, over replicates whose jobs are all finished. A run that never arrives counts with its last
    /// step, which makes the mean a bound.
    pub steps: Estimate,
    /// Runs behind it.
    pub runs: usize,
    /// Those of them that arrive.
    pub arrived: usize,
}

/// Of each cell that has curves. The cells of a group are read at one accuracy: half way from the highest trivial
/// strategy that the best cell leaves behind by five points, or where it leaves none behind from the lowest first point of their
/// curves, to the best of their means over replicates of a run's best validation accuracy, rounded down to a whole
/// percent. A group in which that is not above the start has none.
pub fn arrivals<'p>(
    evidence: &Evidence<'_>,
    groups: impl Iterator<Item = Vec<&'p Pooled>>,
) -> BTreeMap<Place, Arrival> {
    let mut arrivals = BTreeMap::new();
    for group in groups {
        let places = group.iter().map(|cell| Place::of(&cell.axes));
        let places = places.filter_map(|place| Some((evidence.at(&place)?, place)));
        let here: Vec<(&Replicates<'_>, Place)> = places.collect();
        let replicates: Vec<&Replicates<'_>> = here.iter().map(|(here, _)| *here).collect();
        if let Some(at) = threshold(&group, &replicates) {
            let here = here.into_iter();
            arrivals.extend(here.filter_map(|(here, place)| Some((place, arrival(here, at)?))));
        }
    }
    arrivals
}

fn arrival(replicates: &Replicates<'_>, at: f64) -> Option<Arrival> {
    let (mut steps, mut runs, mut arrived) = (Vec::new(), 0, 0);
    for jobs in replicates.values() {
        let Some(mean) = jobs.reading(&STEPS_TO_ACCURACY, Some(at)) else {
            continue;
        };
        steps.push(mean.value);
        for reading in jobs.readings(&STEPS_TO_ACCURACY, Some(at)).flatten() {
            runs += 1;
            arrived += usize::from(!reading.is_bound);
        }
    }
    Some(Arrival {
        at,
        steps: Estimate::over(&steps)?,
        runs,
        arrived,
    })
}

fn threshold(group: &[&Pooled], replicates: &[&Replicates<'_>]) -> Option<f64> {
    let best = replicates.iter().filter_map(|here| best(here));
    let best = best.reduce(f64::max)?;
    let curves = replicates.iter().flat_map(|here| here.values());
    let first = curves
        .flat_map(Jobs::curves)
        .filter_map(|curve| accuracies(curve).next());
    let start = floor(group, best).or_else(|| first.reduce(f64::min))?;
    half_way(start, best)
}

/// The highest of the group's trivial strategies that its best cell leaves behind: a run on a plateau is on one of
/// these. One that is hardly beaten, as logistic regression on pixels is by a small body, is no start: between it and
/// the best there is nothing to be early at.
fn floor(group: &[&Pooled], best: f64) -> Option<f64> {
    let floors = group
        .iter()
        .flat_map(|cell| cell.floors.iter().chain(&cell.floor));
    let beaten = floors.map(|floor| floor.accuracy);
    beaten
        .filter(|floor| *floor + CLEAR <= best)
        .reduce(f64::max)
}

/// The best validation accuracy of a run, over the replicates of a cell.
fn best(replicates: &Replicates<'_>) -> Option<f64> {
    let best = |jobs: &Jobs<'_>| {
        let runs = jobs.curves();
        let best = runs.filter_map(|curve| accuracies(curve).reduce(f64::max));
        mean_of(&best.collect::<Vec<f64>>())
    };
    mean_of(&replicates.values().filter_map(best).collect::<Vec<f64>>())
}

fn accuracies(curve: &[CurvePoint]) -> impl Iterator<Item = f64> {
    let accuracies = curve.iter().map(|point| point.validation_accuracy);
    accuracies.filter(|accuracy| accuracy.is_finite())
}

fn mean_of(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| mean(values))
}

fn half_way(start: f64, best: f64) -> Option<f64> {
    let half = start + (best - start) / 2.0;
    let at = (half * 100.0 + CLOSE).floor() / 100.0;
    (at > start).then_some(at)
}

/// How far above a trivial strategy it is left behind.
const CLEAR: f64 = 0.05;

/// A whole percent may lack its last digits.
const CLOSE: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_way_is_rounded_down_and_above_the_start() {
        for (start, best, at) in [
            (0.5, 1.0, Some(0.75)),
            (0.114, 0.872, Some(0.49)),
            // 57.99999999999999 in percent.
            (0.16, 1.0, Some(0.58)),
            (0.499, 0.506, Some(0.5)),
            (0.499, 0.5, None),
            (0.3, 0.3, None),
            (0.5, 0.2, None),
        ] {
            assert_eq!(half_way(start, best), at, "{start} to {best}");
        }
    }
}
