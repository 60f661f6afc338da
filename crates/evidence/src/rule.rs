//! What a sample says of a claim at one look.

use crate::question::{Claim, ClaimTest};
use crate::sample::Sample;
use crate::statistics::ALPHA;
use crate::verdict::Verdict;

/// A claim among those of its study.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'a> {
    pub claim: &'a Claim,
    /// Claims of the study, with this one.
    pub claims: usize,
}

impl Rule<'_> {
    /// Student's t with its two-sided p. An equivalence has an interval and no test: it counts with p 1.
    pub fn test(self, sample: &Sample) -> (f64, f64) {
        match self.claim.test {
            ClaimTest::More { by } => sample.test(by),
            ClaimTest::Within => (0.0, 1.0),
        }
    }

    /// The interval of level 1 - αw / m, for a look of weight w and m claims: all intervals of a study, over
    /// all looks, hold their true values together in 95 % of studies.
    pub fn wide(self, sample: &Sample, weight: f64) -> Option<(f64, f64)> {
        sample.interval(ALPHA * weight / self.claims as f64)
    }

    /// What the test says once it rejects "no difference".
    pub fn by_test(self, sample: &Sample, weight: f64) -> Verdict {
        let by = match self.claim.test {
            ClaimTest::More { by } => by,
            ClaimTest::Within => 0.0,
        };
        let small = self.is_small(sample, weight);
        match sample.mean > by {
            true => Verdict::Supported { small },
            false => Verdict::Refuted { small },
        }
    }

    /// What the interval says, where it says anything: that an effect is smaller than the margin, or that
    /// an equivalence holds or does not.
    pub fn by_interval(self, sample: &Sample, weight: f64) -> Option<Verdict> {
        let (low, high) = self.wide(sample, weight)?;
        let (is_small, margin) = (self.is_small(sample, weight), self.claim.margin);
        match self.claim.test {
            ClaimTest::More { by } => (is_small && by == 0.0).then_some(Verdict::SmallerThan),
            ClaimTest::Within if is_small => Some(Verdict::Supported { small: false }),
            ClaimTest::Within => {
                (low > margin || high < -margin).then_some(Verdict::Refuted { small: false })
            }
        }
    }

    /// Whether the wide interval lies inside the margin. Never where sums are bounds: the true ones lie further
    /// from zero, nobody knows how far.
    fn is_small(self, sample: &Sample, weight: f64) -> bool {
        let margin = self.claim.margin;
        let wide = self.wide(sample, weight).filter(|_| !sample.is_bound);
        wide.is_some_and(|(low, high)| -margin < low && high < margin)
    }
}
