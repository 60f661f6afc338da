//! Estimates over replicates, and the correction for asking several questions at once.

use crate::student::critical;

/// The level of verdicts.
pub const ALPHA: f64 = 0.05;

/// A mean over replicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// Half the width of the 95 % t interval; `None` for fewer than two replicates.
    pub half_width: Option<f64>,
    pub n: usize,
}

impl Estimate {
    /// The estimate from one value a replicate; `None` without values.
    pub fn over(values: &[f64]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let half_width = deviation(values)
            .map(|deviation| critical(ALPHA, (n - 1) as f64) * deviation / (n as f64).sqrt());
        Some(Self {
            mean: mean(values),
            half_width,
            n,
        })
    }

    /// Lower and upper end of the interval.
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.half_width
            .map(|half| (self.mean - half, self.mean + half))
    }
}

/// Of no values it is no number.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation, over n - 1; `None` for fewer than two values.
pub(crate) fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let freedom = values.len().checked_sub(1).filter(|freedom| *freedom > 0)?;
    Some((squares.sum::<f64>() / freedom as f64).sqrt())
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
        assert_eq!(Estimate::over(&[1.0]).unwrap().half_width, None);
        assert_eq!(Estimate::over(&[]), None);
    }

    #[test]
    fn holm_on_an_example_from_a_textbook() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, expected) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    proptest! {
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
