//! Whether a verdict stands without supposing normal differences.

use crate::course::{Course, End};
use crate::inquiry::Inquiry;
use crate::question::{Claim, ClaimTest};
use crate::sign_flip::sign_flip;
use crate::statistics::{ALPHA, holm};

/// Which of the claims that the t test has decided the sign-flip test would decide, too: at the same looks with
/// the same weights, and Holm over the same claims.
pub(crate) fn without_normality(inquiries: &[Inquiry<'_, '_>], courses: &[Course]) -> Vec<bool> {
    let is_tested = |course: &Course| matches!(course.end, Some(End::Test { .. }));
    if !courses.iter().any(is_tested) {
        return vec![false; courses.len()];
    }
    let spent = inquiries.iter().zip(courses).map(|(inquiry, course)| {
        let seen = &inquiry.looks[..course.seen];
        let spent = seen.iter().filter_map(|looked| {
            let sums = inquiry.sums.first(looked.look.n)?;
            let values: Vec<f64> = sums.iter().map(|sum| sum.value).collect();
            Some(flipped(inquiry.rule.claim, &values)? / looked.weight)
        });
        spent.fold(1.0, f64::min)
    });
    let corrected = holm(&spent.collect::<Vec<_>>());
    let both = corrected.into_iter().zip(courses);
    both.map(|(corrected, course)| corrected < ALPHA && is_tested(course))
        .collect()
}

/// The sign-flip p of a claim's sums; `None` for an equivalence, which it does not test.
pub(crate) fn flipped(claim: &Claim, sums: &[f64]) -> Option<f64> {
    let ClaimTest::More { by } = claim.test else {
        return None;
    };
    let beyond: Vec<f64> = sums.iter().map(|value| value - by).collect();
    sign_flip(&beyond)
}
