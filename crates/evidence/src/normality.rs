//! Whether the replicates of a study look normal, which the t test supposes of them.

use crate::evidence::{Evidence, Replicates};
use crate::statistics::{deviation, mean};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Fewer replicates of a place have no shape: two residuals are always 1 and -1.
const LEAST_OF_A_PLACE: usize = 3;

/// Fewer residuals than these tell nothing.
const LEAST: usize = 20;

/// Studies of normal numbers that are drawn beside.
const DRAWN: usize = 2_000;

/// Of more residuals than these fewer studies are drawn: their moments differ less.
const MANY_RESIDUALS: usize = 1_000;

/// Never fewer.
const FEWEST_DRAWN: usize = 400;

/// The shape of a study's residuals: each replicate of a place minus the place's mean, over the place's standard
/// deviation (internally studentised), pooled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normality {
    pub residuals: usize,
    /// 0 where both tails are alike.
    pub skewness: Moment,
    /// The fourth moment. 3 is that of normal numbers, but not of residuals of a few: compare with the range.
    pub kurtosis: Moment,
}

/// A moment of residuals, and between which two values it lies in 95 % of studies with normal numbers in places of
/// the same sizes (simulated, a fixed stream).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Normality {
    /// Whether both moments are among those of normal numbers.
    pub fn looks_normal(&self) -> bool {
        // Of three replicates everywhere the kurtosis is the same number, but for its last digits.
        let fits =
            |moment: Moment| (moment.low - CLOSE..=moment.high + CLOSE).contains(&moment.value);
        fits(self.skewness) && fits(self.kurtosis)
    }
}

const CLOSE: f64 = 1e-9;

/// Looks at the residuals of the table's measure over all places of a study. Places with fewer than three
/// replicates, or without spread, are left out; `None` for fewer than 20 residuals.
pub fn normality(evidence: &Evidence<'_>) -> Option<Normality> {
    let measure = evidence.question.table.measure;
    let values = |replicates: &Replicates<'_>| -> Vec<f64> {
        let jobs = replicates.values();
        jobs.filter_map(|jobs| Some(jobs.reading(measure, None)?.value))
            .collect()
    };
    let places: Vec<Vec<f64>> = evidence
        .replicates()
        .filter_map(|replicates| residuals(&values(replicates)))
        .collect();
    let pooled = places.concat();
    if pooled.len() < LEAST {
        return None;
    }
    let sizes: Vec<usize> = places.iter().map(Vec::len).collect();
    let mut rng = tasks::stream(0, "normal residuals");
    let studies = (DRAWN * MANY_RESIDUALS / pooled.len()).clamp(FEWEST_DRAWN, DRAWN);
    let drawn: Vec<[f64; 2]> = (0..studies)
        .map(|_| moments(&normal(&sizes, &mut rng)))
        .collect();
    let [skewness, kurtosis] = moments(&pooled);
    let beside = |value: f64, which: usize| {
        let mut drawn: Vec<f64> = drawn.iter().map(|moments| moments[which]).collect();
        drawn.sort_by(f64::total_cmp);
        Moment {
            value,
            low: drawn[studies / 40],
            high: drawn[studies - 1 - studies / 40],
        }
    };
    Some(Normality {
        residuals: pooled.len(),
        skewness: beside(skewness, 0),
        kurtosis: beside(kurtosis, 1),
    })
}

/// Residuals of one place over their standard deviation, if there are enough with any spread.
fn residuals(values: &[f64]) -> Option<Vec<f64>> {
    let (mean, n) = (mean(values), values.len() as f64);
    // Equal values differ in their last digits.
    let digits = 1e-12
        * values
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
    let deviation = deviation(values).filter(|deviation| *deviation > digits)?;
    // A residual of n values has the variance (n - 1) / n of a value.
    let error = deviation * ((n - 1.0) / n).sqrt();
    let residual = |value: &f64| (value - mean) / error;
    (values.len() >= LEAST_OF_A_PLACE).then(|| values.iter().map(residual).collect())
}

fn normal(sizes: &[usize], rng: &mut impl Rng) -> Vec<f64> {
    let place = |size: &usize| {
        let values: Vec<f64> = StandardNormal.sample_iter(&mut *rng).take(*size).collect();
        residuals(&values).unwrap_or_default()
    };
    sizes.iter().flat_map(place).collect()
}

/// Skewness and kurtosis of residuals, whose mean square is 1 and whose mean 0 in each place.
fn moments(residuals: &[f64]) -> [f64; 2] {
    [3, 4].map(|power| mean(&residuals.iter().map(|r| r.powi(power)).collect::<Vec<_>>()))
}
