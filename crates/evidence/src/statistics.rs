//! Estimates over seeds and exact tests of paired differences.
//!
//! Cells are paired by seed (the same seed gives the same data order and the same fresh nets), so
//! a difference is taken seed by seed. Two things are said about it, and they are not the same:
//!
//! * the 95 % t interval of the mean difference, which supposes that differences are normal, a
//!   supposition that three seeds cannot check;
//! * the sign-flip test, which supposes only that under "no difference" each pair might as well
//!   have come out the other way round. It is exact, and it knows how little three seeds can say:
//!   with n seeds no p below 2 / 2ⁿ exists.
//!
//! Verdicts rest on the second, corrected by Holm for the number of comparisons; the interval
//! stands beside it as a size, never as a verdict.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The level of verdicts.
pub const ALPHA: f64 = 0.05;

/// Most pairs whose sign flips are enumerated.
pub const MOST_PAIRS: usize = 20;

/// A mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// Half the width of the 95 % t interval; `None` for fewer than two seeds.
    pub half_width: Option<f64>,
    pub n: usize,
}

impl Estimate {
    /// The estimate from one value a seed; `None` without values.
    pub fn over(values: &[f64]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let half_width = (n > 1).then(|| {
            let freedom = (n - 1) as f64;
            let variance = values
                .iter()
                .map(|value| (value - mean).powi(2))
                .sum::<f64>()
                / freedom;
            quantile(freedom) * (variance / n as f64).sqrt()
        });
        Some(Self {
            mean,
            half_width,
            n,
        })
    }

    /// Lower and upper end of the interval.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.half_width
            .map(|half| (self.mean - half, self.mean + half))
    }

    /// Whether the interval leaves out zero.
    pub fn excludes_zero(&self) -> bool {
        self.interval()
            .is_some_and(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// The 97.5 % quantile of Student's t.
fn quantile(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.inverse_cdf(0.975))
}

/// Two-sided exact p of "each difference might as well have the other sign": the share of the 2ⁿ
/// sign patterns whose sum is at least as far from zero. `None` for no or more than
/// [`MOST_PAIRS`] differences.
pub fn sign_flip(differences: &[f64]) -> Option<f64> {
    let n = differences.len();
    if n == 0 || n > MOST_PAIRS || differences.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let observed = differences.iter().sum::<f64>().abs();
    // Sums of the same numbers in another order differ in their last bits: those are ties.
    let slack = 1e-12 * differences.iter().map(|value| value.abs()).sum::<f64>();
    let far = |pattern: &u32| {
        let signed = |(bit, value): (usize, &f64)| {
            if pattern >> bit & 1 == 1 {
                -value
            } else {
                *value
            }
        };
        differences
            .iter()
            .enumerate()
            .map(signed)
            .sum::<f64>()
            .abs()
            >= observed - slack
    };
    let patterns = 1_u32 << n;
    Some((0..patterns).filter(far).count() as f64 / f64::from(patterns))
}

/// The smallest p that [`sign_flip`] can give for `n` pairs.
pub fn smallest_p(n: usize) -> f64 {
    (2.0 * 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))).min(1.0)
}

/// The fewest seeds whose smallest p survives Holm over `comparisons`.
pub fn seeds_needed(comparisons: usize) -> usize {
    let factor = comparisons.max(1) as f64;
    (1..)
        .find(|n| smallest_p(*n) * factor < ALPHA)
        .unwrap_or(usize::MAX)
}

/// Holm's step-down correction, in the order given.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![0.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((p[index] * (p.len() - rank) as f64).min(1.0));
        corrected[index] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_interval_is_student_t() {
        let estimate = Estimate::over(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((estimate.mean, estimate.n), (2.0, 3));
        // 4.3027 × 1 / √3
        assert!((estimate.half_width.unwrap() - 2.48414).abs() < 1e-4);
        assert!(!estimate.excludes_zero());
        assert_eq!(Estimate::over(&[1.0]).unwrap().half_width, None);
        assert_eq!(Estimate::over(&[]), None);
    }

    #[test]
    fn three_seeds_reach_a_quarter_and_no_less() {
        assert_eq!(sign_flip(&[0.1, 0.2, 0.3]), Some(0.25));
        assert_eq!(smallest_p(3), 0.25);
        assert_eq!(sign_flip(&[0.0, 0.0, 0.0]), Some(1.0));
        assert_eq!((seeds_needed(1), seeds_needed(4)), (6, 8));
        assert_eq!(sign_flip(&[1.0; 21]), None);
    }

    #[test]
    fn holm_on_an_example_from_a_textbook() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, expected) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    /// Every sign pattern, spelled out by recursion.
    fn brute_force(rest: &[f64], sum: f64, observed: f64) -> (u32, u32) {
        let Some((first, rest)) = rest.split_first() else {
            return (u32::from(sum.abs() >= observed - 1e-9), 1);
        };
        let plus = brute_force(rest, sum + first, observed);
        let minus = brute_force(rest, sum - first, observed);
        (plus.0 + minus.0, plus.1 + minus.1)
    }

    proptest! {
        #[test]
        fn sign_flip_is_the_share_of_patterns(values in prop::collection::vec(-50_i32..50, 1..9)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let observed = values.iter().sum::<f64>().abs();
            let (far, all) = brute_force(&values, 0.0, observed);
            let p = sign_flip(&values).unwrap();
            prop_assert!((p - f64::from(far) / f64::from(all)).abs() < 1e-12);
            prop_assert!(p >= smallest_p(values.len()) && p <= 1.0);
            let other: Vec<f64> = values.iter().map(|value| -value).collect();
            prop_assert_eq!(sign_flip(&other), Some(p));
        }

        #[test]
        fn holm_keeps_order_and_only_raises(p in prop::collection::vec(0.0..1.0_f64, 1..12)) {
            let corrected = holm(&p);
            for (i, j) in (0..p.len()).flat_map(|i| (0..p.len()).map(move |j| (i, j))) {
                prop_assert!(p[i] > p[j] || corrected[i] <= corrected[j]);
            }
            prop_assert!(p.iter().zip(&corrected).all(|(p, c)| c >= p && *c <= 1.0));
        }

        #[test]
        fn the_interval_holds_the_mean_and_moves_with_the_data(
            values in prop::collection::vec(-1.0..1.0_f64, 2..8),
            shift in -5.0..5.0_f64,
        ) {
            let estimate = Estimate::over(&values).unwrap();
            let (low, high) = estimate.interval().unwrap();
            prop_assert!(low <= estimate.mean && estimate.mean <= high);
            let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
            let moved = Estimate::over(&moved).unwrap();
            prop_assert!((moved.mean - estimate.mean - shift).abs() < 1e-9);
            prop_assert!((moved.half_width.unwrap() - estimate.half_width.unwrap()).abs() < 1e-9);
        }
    }
}
