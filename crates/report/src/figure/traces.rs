//! One quantity over gradient steps, in each replicate and over all of them.

use evidence::{Curve, Quantity, seed};
use std::collections::BTreeMap;

/// More replicates than these are a band and no lines of their own.
pub(super) const EACH: usize = 8;

/// The curves of a cell.
pub(super) struct Traces {
    pub replicates: usize,
    /// At the steps that every replicate has.
    bands: Vec<Band>,
    /// Steps and values of each replicate, where there are several and not too many.
    pub each: Vec<Vec<(f64, f64)>>,
}

/// Mean and range over replicates at one step.
#[derive(Clone, Copy)]
struct Band {
    step: f64,
    low: f64,
    mean: f64,
    high: f64,
}

impl Traces {
    /// A replicate is the mean of the jobs around its body. `place` says where a step lies on the horizontal axis.
    pub fn of(curves: &[&Curve], quantity: &Quantity, place: impl Fn(u64) -> f64) -> Self {
        let mut jobs: BTreeMap<u64, Vec<Vec<(u64, f64)>>> = BTreeMap::new();
        for curve in curves {
            let values = curve.points.iter();
            let values = values.map(|point| (point.step, quantity.printed(point)));
            let values: Vec<_> = values.filter(|(_, value)| value.is_finite()).collect();
            if !values.is_empty() {
                let replicate = seed::replicate(curve.cell.seed);
                jobs.entry(replicate).or_default().push(values);
            }
        }
        let mean = |jobs: &Vec<Vec<(u64, f64)>>| -> Vec<(u64, f64)> {
            let bands = shared(jobs).into_iter();
            bands.map(|(step, band)| (step, band.mean)).collect()
        };
        let replicates: Vec<Vec<(u64, f64)>> = jobs.values().map(mean).collect();
        let line = |values: &Vec<(u64, f64)>| -> Vec<(f64, f64)> {
            let values = values.iter();
            values.map(|(step, value)| (place(*step), *value)).collect()
        };
        Self {
            replicates: replicates.len(),
            bands: shared(&replicates)
                .into_iter()
                .map(|(step, band)| Band {
                    step: place(step),
                    ..band
                })
                .collect(),
            each: match replicates.len() {
                2..=EACH => replicates.iter().map(line).collect(),
                _ => Vec::new(),
            },
        }
    }

    /// The lowest and the highest values.
    pub fn ends(&self) -> impl Iterator<Item = f64> {
        let bands = self.bands.iter().flat_map(|band| [band.low, band.high]);
        let each = self.each.iter().flatten().map(|(_, value)| *value);
        bands.chain(each)
    }

    /// The first place and the last.
    pub fn reach(&self) -> (f64, f64) {
        let bands = self.bands.iter().map(|band| band.step);
        let each = self.each.iter().flatten().map(|(step, _)| *step);
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        bands.chain(each).fold(ends, |(first, last), place| {
            (first.min(place), last.max(place))
        })
    }

    pub fn means(&self) -> impl Iterator<Item = (f64, f64)> {
        self.bands.iter().map(|band| (band.step, band.mean))
    }

    /// Around the band, from the lowest to the highest replicate.
    pub fn outline(&self) -> Vec<(f64, f64)> {
        let upper = self.bands.iter().map(|band| (band.step, band.high));
        let lower = self.bands.iter().rev();
        let lower = lower.map(|band| (band.step, band.low));
        upper.chain(lower).collect()
    }
}

/// Pools the steps that all have: past the end of the shortest a mean would jump.
fn shared(all: &[Vec<(u64, f64)>]) -> BTreeMap<u64, Band> {
    let mut steps: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in all.iter().flatten() {
        steps.entry(*step).or_default().push(*value);
    }
    steps.retain(|_, values| values.len() == all.len());
    let band = |(step, values): (u64, Vec<f64>)| {
        let band = Band {
            step: step as f64,
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            mean: values.iter().sum::<f64>() / values.len() as f64,
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        };
        (step, band)
    };
    steps.into_iter().map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::{Cell, VALIDATION_ACCURACY};
    use training::{CurvePoint, JobId};

    fn curve(seed: u64, accuracies: &[f64]) -> Curve {
        let point = |(index, accuracy): (usize, &f64)| CurvePoint {
            validation_accuracy: *accuracy,
            ..CurvePoint::at(100 * (index as u64 + 1))
        };
        Curve {
            cell: Cell {
                axes: Vec::new(),
                rate: None,
                seed,
                job: JobId(seed.to_string()),
            },
            points: accuracies.iter().enumerate().map(point).collect(),
        }
    }

    #[test]
    fn jobs_around_a_body_are_one_line_and_a_mean_ends_with_the_shortest() {
        let curves = [
            curve(1, &[0.1, 0.5, 0.9]),
            curve(seed::seed(1, 1), &[0.3, 0.7, 0.9]),
            curve(2, &[0.4, 0.6]),
        ];
        let curves: Vec<&Curve> = curves.iter().collect();
        let traces = Traces::of(&curves, &VALIDATION_ACCURACY, |step| step as f64);
        let round = |(step, value): (f64, f64)| (step, (value * 10.0).round() / 10.0);
        let first: Vec<_> = traces.each[0].iter().copied().map(round).collect();
        assert_eq!(first, [(100.0, 20.0), (200.0, 60.0), (300.0, 90.0)]);
        let means: Vec<_> = traces.means().map(round).collect();
        assert_eq!(means, [(100.0, 30.0), (200.0, 60.0)]);
        assert_eq!((traces.replicates, traces.reach().1), (2, 300.0));
    }

    #[test]
    fn many_replicates_are_a_band() {
        let each = |n: u64| {
            let curves: Vec<Curve> = (1..=n).map(|seed| curve(seed, &[0.5])).collect();
            let curves: Vec<&Curve> = curves.iter().collect();
            Traces::of(&curves, &VALIDATION_ACCURACY, |step| step as f64)
                .each
                .len()
        };
        assert_eq!([1, 2, 8, 9].map(each), [0, 2, 8, 0]);
    }
}
