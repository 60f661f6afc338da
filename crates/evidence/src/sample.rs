use crate::statistics::{deviation, mean};
use crate::student::{critical, two_sided};
use crate::sums::Sum;

/// What replicates say of a claim's sum, two of them or more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub n: usize,
    pub mean: f64,
    /// The standard deviation s.
    pub deviation: f64,
    /// The larger of that and s₀, the part of it that is known beforehand (the noise of test sets and of the
    /// distance of evaluations): the few replicates of a first look may agree by chance.
    pub spread: f64,
    /// Whether a sum among them is only a bound.
    pub is_bound: bool,
}

impl Sample {
    /// `None` for fewer than two.
    pub fn over(sums: &[Sum]) -> Option<Self> {
        let values: Vec<f64> = sums.iter().map(|sum| sum.value).collect();
        let variances: Vec<f64> = sums.iter().map(|sum| sum.variance).collect();
        // Equal sums differ in their last digits.
        let digits = 1e-12 * sums.iter().map(|sum| sum.size).fold(0.0, f64::max);
        let deviation = deviation(&values)?;
        let deviation = if deviation > digits { deviation } else { 0.0 };
        Some(Self {
            n: sums.len(),
            mean: mean(&values),
            deviation,
            spread: deviation.max(mean(&variances).sqrt()),
            is_bound: sums.iter().any(|sum| sum.is_bound),
        })
    }

    /// Whether s₀ counts and not s: replicates differ less than the noise of their readings would have them.
    pub fn is_closer_than_known(&self) -> bool {
        self.spread > self.deviation
    }

    /// The same mean and spread in so many replicates.
    pub fn with(self, n: usize) -> Self {
        Self { n, ..self }
    }

    /// Student's t and its two-sided p of "the sum is `by` on average". Where nothing is known of the spread
    /// nothing is tested: t is 0 and p is 1.
    pub fn test(&self, by: f64) -> (f64, f64) {
        if self.spread <= 0.0 {
            return (0.0, 1.0);
        }
        let t = (self.mean - by) * (self.n as f64).sqrt() / self.spread;
        (t, two_sided(t, self.freedom()))
    }

    /// The t interval, d̄ ± t s / √n, that leaves out the mean with so small a probability; `None` where replicates do
    /// not differ.
    pub fn interval(&self, level: f64) -> Option<(f64, f64)> {
        let half = critical(level, self.freedom()) * self.deviation / (self.n as f64).sqrt();
        (self.deviation > 0.0).then_some((self.mean - half, self.mean + half))
    }

    fn freedom(&self) -> f64 {
        (self.n - 1) as f64
    }
}
