//! The test that supposes no distribution: under "no difference" each replicate might as well have come
//! out the other way round.

use rand::Rng;

/// Most differences whose sign patterns are enumerated.
const MOST_ENUMERATED: usize = 20;

/// Patterns that are drawn beyond.
const DRAWN: u32 = 100_000;

/// Two-sided p: the share of the sign patterns whose sum is at least as far from zero. Exact for up to 20
/// differences; beyond that over 100,000 patterns of a fixed stream with the one that was seen, which is a valid p
/// with a standard error of √(p (1 - p) / 100,000). `None` without differences, or where one is not finite.
pub(crate) fn sign_flip(differences: &[f64]) -> Option<f64> {
    let n = differences.len();
    if n == 0 || differences.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let observed = differences.iter().sum::<f64>().abs();
    // Sums of the same numbers in another order differ in their last bits: those are ties.
    let slack = 1e-12 * differences.iter().map(|value| value.abs()).sum::<f64>();
    let is_far = |sum: f64| sum.abs() >= observed - slack;
    if n <= MOST_ENUMERATED {
        // A pattern and its opposite are equally far: the last sign stays.
        let patterns = 1_u32 << (n - 1);
        let far = (0..patterns).filter(|pattern| {
            let signs = (0..n).map(|bit| pattern >> bit & 1 == 1);
            is_far(signed_sum(differences, signs))
        });
        return Some(far.count() as f64 / f64::from(patterns));
    }
    let mut rng = tasks::stream(0, "sign flip");
    let far = (0..DRAWN).filter(|_| {
        let signs: Vec<u64> = (0..n.div_ceil(64)).map(|_| rng.next_u64()).collect();
        let signs = (0..n).map(|at| signs[at / 64] >> (at % 64) & 1 == 1);
        is_far(signed_sum(differences, signs))
    });
    Some((far.count() + 1) as f64 / f64::from(DRAWN + 1))
}

fn signed_sum(values: &[f64], signs: impl Iterator<Item = bool>) -> f64 {
    let signed = values.iter().zip(signs);
    signed
        .map(|(value, flipped)| if flipped { -value } else { *value })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_replicates_reach_a_quarter_and_no_less() {
        assert_eq!(sign_flip(&[0.1, 0.2, 0.3]), Some(0.25));
        assert_eq!(sign_flip(&[0.0, 0.0, 0.0]), Some(1.0));
        assert_eq!(sign_flip(&[0.4]), Some(1.0));
        assert_eq!(sign_flip(&[]), None);
        assert_eq!(sign_flip(&[0.1, f64::NAN]), None);
    }

    #[test]
    fn beyond_twenty_patterns_are_drawn_and_always_the_same() {
        assert_eq!(sign_flip(&[1.0; 20]), Some(2.0 / f64::from(1 << 20)));
        // 15 of 21 equal differences point one way: the binomial tail 2 P(X ≥ 15) = 0.0784.
        let values: Vec<f64> = (0..21).map(|i| if i < 15 { 1.0 } else { -1.0 }).collect();
        let p = sign_flip(&values).unwrap();
        assert!((p - 0.0784).abs() < 0.003, "{p}");
        assert_eq!(sign_flip(&values), Some(p));
        assert!(sign_flip(&[1.0; 70]).unwrap() < 2e-5);
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
        fn it_is_the_share_of_patterns(values in prop::collection::vec(-50_i32..50, 1..9)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let observed = values.iter().sum::<f64>().abs();
            let (far, all) = brute_force(&values, 0.0, observed);
            let p = sign_flip(&values).unwrap();
            prop_assert!((p - f64::from(far) / f64::from(all)).abs() < 1e-12);
            let other: Vec<f64> = values.iter().map(|value| -value).collect();
            prop_assert_eq!(sign_flip(&other), Some(p));
        }
    }
}
