//! Tests that are corrected together.

use crate::statistics::{Estimate, holm, sign_flip};
use crate::verdict::Verdict;

/// What the pairs of a comparison say about "the first is ahead of the second".
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The lead over the pairs; `None` while no pair is finished.
    pub lead: Option<Estimate>,
    pub p: Option<f64>,
    /// After Holm over the family.
    pub corrected: Option<f64>,
    pub verdict: Verdict,
}

/// Decides the comparisons of a family, each by the leads of its pairs. One that waits counts as a
/// comparison already: the correction must not grow while results come in.
pub(crate) fn decide(family: &[Vec<f64>]) -> Vec<Decision> {
    let p: Vec<Option<f64>> = family.iter().map(|leads| sign_flip(leads)).collect();
    let corrected = holm(&p.iter().map(|p| p.unwrap_or(1.0)).collect::<Vec<_>>());
    let tests = family.iter().zip(p).zip(corrected);
    tests
        .map(|((leads, p), corrected)| {
            let lead = Estimate::over(leads);
            let corrected = p.map(|_| corrected);
            let mean = lead.map_or(0.0, |lead| lead.mean);
            Decision {
                verdict: Verdict::of(mean, corrected, leads.len(), family.len()),
                lead,
                p,
                corrected,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_that_waits_counts() {
        let finished = vec![0.1, 0.2, 0.1, 0.3, 0.2, 0.1];
        let alone = decide(std::slice::from_ref(&finished));
        let beside = decide(&[finished, Vec::new()]);
        assert_eq!((alone[0].p, beside[0].p), (Some(0.03125), Some(0.03125)));
        assert_eq!(alone[0].corrected, Some(0.03125));
        assert_eq!(beside[0].corrected, Some(0.0625));
        assert_eq!((beside[1].lead, beside[1].p), (None, None));
        assert_eq!(alone[0].verdict, Verdict::Supported);
        assert!(beside[0].verdict.reason().is_some());
    }
}
