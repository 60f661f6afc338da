//! The numbers that the rule is described with.
#![allow(clippy::unwrap_used)]

mod simulated;

use evidence::{Verdict, p_value};
use rand_distr::{Distribution, StandardNormal};
use simulated::Study;

/// As printed: 18.9 ± 0.6, 9.2 ± 1.5 and 2.7 ± 1.9 (standard deviations) over three replicates.
#[test]
fn the_table_of_three_claims() {
    let three =
        |mean: f64, deviation: f64| [-1.0, 0.0, 1.0].map(|z| (mean + z * deviation) / 100.0);
    let claims = [three(18.9, 0.6), three(9.2, 1.5), three(2.7, 1.9)];
    let study = Study::with(&[&claims[0], &claims[1], &claims[2]]);
    let found = study.findings();
    let printed = |at: usize| {
        let look = found[at].looks[0];
        let corrected = found[at].corrected.unwrap();
        let verdict = found[at].verdict.name();
        (look.t, look.p, look.spent, corrected, verdict)
    };
    let (t, p, spent, corrected, verdict) = printed(0);
    assert_eq!(
        format!("{t:.1} {p:.4} {spent:.4} {corrected:.4} {verdict}"),
        "54.6 0.0003 0.0008 0.0025 supported"
    );
    let (t, p, spent, corrected, verdict) = printed(1);
    assert_eq!(
        format!("{t:.1} {p:.4} {spent:.3} {corrected:.3} {verdict}"),
        "10.6 0.0087 0.022 0.044 supported"
    );
    let (t, p, spent, corrected, verdict) = printed(2);
    assert_eq!(
        format!("{t:.2} {p:.3} {spent:.2} {corrected:.2} {verdict}"),
        "2.46 0.133 0.33 0.33 undecided"
    );
    assert_eq!(
        found[2].verdict.reason(),
        Some("p = 0.33 after Holm at 3 replicates")
    );
    assert_eq!(found[0].verdict, Verdict::Supported { small: false });
    assert_eq!(p_value(found[0].corrected.unwrap()), "0.003");
}

/// A claim with an effect beside three without, 5,000 studies each: the share that is decided by each look.
#[test]
fn the_power_with_four_claims() {
    const STUDIES: usize = 5_000;
    for (effect, expected) in [
        (2.0, [0.06, 0.26, 0.80]),
        (3.0, [0.13, 0.59, 0.99]),
        (5.0, [0.31, 0.97, 1.00]),
    ] {
        let mut rng = tasks::stream(1, "power");
        let mut decided = [0; 3];
        let mut study = Study::new(4, 8, 1);
        for _ in 0..STUDIES {
            for replicate in 1..=8 {
                for claim in 0..4 {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    let mean = if claim == 0 { effect } else { 0.0 };
                    study.set(claim, replicate, 0, 0.5 + 0.01 * (mean + z), 0.5);
                }
            }
            let found = study.finding();
            if matches!(found.verdict, Verdict::Supported { .. }) {
                for decided in &mut decided[found.looks.len() - 1..] {
                    *decided += 1;
                }
            }
        }
        let power = decided.map(|decided| f64::from(decided) / STUDIES as f64);
        for (power, expected) in power.into_iter().zip(expected) {
            assert!(
                (power - expected).abs() < 0.02,
                "{effect}: {power} {expected}"
            );
        }
    }
}
