use crate::question::Looks;
use crate::rule::Rule;
use crate::sample::Sample;
use crate::sums::Sums;
use crate::verdict::Verdict;

/// What a look at a claim found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Replicates that were looked at: the first so many.
    pub n: usize,
    /// Student's t; 0 for an equivalence, which has no test, and where nothing is known of the spread.
    pub t: f64,
    /// Its two-sided p; 1 where there is no test.
    pub p: f64,
    /// p over the look's weight, 1 at most: the level, before Holm, at which this look alone rejects.
    pub spent: f64,
}

/// A look with all that a verdict may rest on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Looked {
    pub look: Look,
    pub sample: Sample,
    pub weight: f64,
    /// What the interval says, where it says anything.
    pub by_interval: Option<Verdict>,
}

impl Looks {
    /// Each look's replicates with its weight.
    pub(crate) fn planned(&self) -> impl Iterator<Item = (usize, f64)> {
        self.at.iter().copied().zip(self.weights.iter().copied())
    }
}

/// The looks of a claim that were reached, in order.
pub(crate) fn looks(looks: &Looks, rule: Rule<'_>, sums: &Sums<'_, '_>) -> Vec<Looked> {
    let reached = looks.planned().map_while(|(n, weight)| {
        let sample = Sample::over(&sums.first(n)?)?;
        let (t, p) = rule.test(&sample);
        let spent = (p / weight).min(1.0);
        Some(Looked {
            look: Look { n, t, p, spent },
            by_interval: rule.by_interval(&sample, weight),
            sample,
            weight,
        })
    });
    reached.collect()
}
