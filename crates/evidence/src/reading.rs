use training::Score;

/// What a measure gives for a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub value: f64,
    /// The run ended before it could be read: the true value is no better than this one.
    pub is_bound: bool,
    /// The part of its variance between runs that is known beforehand, in the measure's unit squared: by
    /// the size of the test set, or the distance of evaluations. 0 where nothing is known.
    pub variance: f64,
}

impl Reading {
    pub(crate) const fn exact(value: f64, variance: f64) -> Self {
        Self {
            value,
            is_bound: false,
            variance,
        }
    }

    /// The mean of readings, `None` of none: a bound where one of them is.
    pub(crate) fn mean(readings: &[Self]) -> Option<Self> {
        let n = readings.len() as f64;
        let sum = |of: fn(&Self) -> f64| readings.iter().map(of).sum::<f64>();
        (!readings.is_empty()).then(|| Self {
            value: sum(|reading| reading.value) / n,
            is_bound: readings.iter().any(|reading| reading.is_bound),
            variance: sum(|reading| reading.variance) / (n * n),
        })
    }
}

/// The variance that two trainings' accuracies have for no other reason than that the set they are taken
/// on is finite: err / 2N, for N examples (Jordan 2023, "Calibrated chaos": with calibrated predictions half of
/// the errors are expected to fall elsewhere in another training).
pub(crate) fn finite_set(score: &Score) -> f64 {
    (1.0 - score.accuracy) / (2.0 * score.examples.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_jobs_has_less_noise_and_is_a_bound_if_one_is() {
        let bound = Reading {
            is_bound: true,
            ..Reading::exact(4.0, 0.5)
        };
        let mean = Reading::mean(&[Reading::exact(2.0, 0.5), bound]).unwrap();
        assert_eq!(
            (mean.value, mean.is_bound, mean.variance),
            (3.0, true, 0.25)
        );
        assert_eq!(Reading::mean(&[]), None);
    }

    #[test]
    fn a_hundred_examples_at_half_scatter_by_five_points() {
        let score = Score {
            loss: 0.7,
            accuracy: 0.5,
            examples: 100,
        };
        assert_eq!(finite_set(&score).sqrt(), 0.05);
    }
}
