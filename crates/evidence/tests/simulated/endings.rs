//! Verdicts that rest on an interval, and are wrong.

use super::Study;
use super::noise::Noise;
use evidence::{ClaimTest, Verdict};

/// Shares of studies, of one claim with a margin of two points and twelve replicates: of those in which the truth is just
/// as much, that end as "smaller" and that call an equivalence supported; of those without any effect, that call it
/// refuted.
pub fn endings(studies: u64, noise: Noise) -> [(&'static str, f64); 3] {
    let (more, within) = (ClaimTest::More { by: 0.0 }, ClaimTest::Within);
    let smaller = |verdict: &Verdict| matches!(verdict, Verdict::SmallerThan);
    let supported = |verdict: &Verdict| matches!(verdict, Verdict::Supported { .. });
    let refuted = |verdict: &Verdict| matches!(verdict, Verdict::Refuted { .. });
    [
        ("smaller", share(studies, more, 0.02, noise, smaller)),
        ("equal", share(studies, within, 0.02, noise, supported)),
        ("unequal", share(studies, within, 0.0, noise, refuted)),
    ]
}

fn share(
    studies: u64,
    test: ClaimTest,
    truth: f64,
    noise: Noise,
    is_wrong: fn(&Verdict) -> bool,
) -> f64 {
    let mut rng = tasks::stream(7, "margins");
    let mut study = Study::new(1, 12, 1);
    study.question.claims[0].test = test;
    for run in &mut study.runs {
        run.test.examples = noise.examples();
    }
    let mut wrong = 0;
    for _ in 0..studies {
        for replicate in 1..=12 {
            let (a, b) = noise.pair(&mut rng);
            study.set(0, replicate, 0, a + truth, b);
        }
        wrong += u32::from(is_wrong(&study.finding().verdict));
    }
    f64::from(wrong) / studies as f64
}
