//! How replicates are added, and that neither the order of rows nor their number takes a verdict back.
#![allow(clippy::unwrap_used)]

mod simulated;

use evidence::{ClaimTest, Verdict, extent};
use proptest::prelude::*;
use simulated::{Study, place};

fn asked(study: &Study, claim: usize) -> usize {
    let extent = extent(&study.evidence());
    assert_eq!(extent[&place(claim, "a")], extent[&place(claim, "b")]);
    extent[&place(claim, "a")]
}

#[test]
fn decided_claims_stop_others_go_on_and_the_last_look_ends() {
    let (clear, open) = (
        [0.189, 0.195, 0.183],
        [0.05, -0.03, 0.02, 0.06, -0.05, 0.01],
    );
    let open = [open, open].concat();
    let mut empty = Study::new(1, 12, 1);
    empty.runs.clear();
    assert_eq!(asked(&empty, 0), 3);
    for (n, next) in [(2, 3), (3, 5), (4, 5), (5, 8), (8, 12), (12, 12)] {
        let study = Study::with(&[&clear, &open[..n]]);
        assert_eq!((asked(&study, 0), asked(&study, 1)), (3, next), "{n}");
    }
    // A look that is not whole waits.
    let mut study = Study::with(&[&clear, &open[..5]]);
    study.forget(1, 4);
    assert_eq!(asked(&study, 1), 5);
}

#[test]
fn a_claim_that_was_decided_late_keeps_its_replicates() {
    let sums = [0.03, 0.06, 0.01, 0.04, 0.035, 0.04, 0.03, 0.035];
    let found = Study::of(&sums).finding();
    assert_eq!((found.looks.len(), found.verdict.name()), (3, "supported"));
    assert_eq!(asked(&Study::of(&sums), 0), 8);
}

#[test]
fn cells_that_no_claim_names_have_the_first_look() {
    let mut study = Study::with(&[&[0.0; 3], &[0.01, -0.3, 0.2]]);
    study.question.claims.truncate(0);
    assert_eq!(asked(&study, 1), 3);
}

/// Its own word on how many would decide it, tried.
#[test]
fn so_many_more_would_decide_it() {
    let needs = |study: &Study| match study.finding().verdict {
        Verdict::Undecided { more, .. } => more.map(|more| (more.replicates, more.is_beyond)),
        _ => None,
    };
    // Alternating around the mean, with nearly the same deviation at any n.
    let sums = |n: usize, mean: f64| -> Vec<f64> {
        (0..n)
            .map(|i| mean + if i % 2 == 0 { 0.05 } else { -0.05 })
            .collect()
    };
    for mean in [0.1, 0.05] {
        let (more, is_beyond) = needs(&Study::of(&sums(3, mean))).unwrap();
        assert!(!is_beyond);
        let look = [5, 8, 12].iter().find(|n| **n >= more).unwrap();
        assert!(!Study::of(&sums(3, mean)).finding().verdict.is_decided());
        assert!(
            Study::of(&sums(*look, mean)).finding().verdict.is_decided(),
            "{more}"
        );
    }
    // d̄ = 0 exactly: only the interval can end it, t · 0.0522 / √n < 0.02. At 49 that is 0.02001, for w = 0.2.
    let mut study = Study::of(&sums(12, 0.0));
    assert_eq!(needs(&study), Some((50, true)));
    study.question.claims[0].margin = 1e-4;
    assert_eq!(needs(&study), None);
    study.question.claims[0].test = ClaimTest::Within;
    assert_eq!(needs(&study), None);
    // Nothing is known of one replicate's deviation.
    assert_eq!(needs(&Study::of(&[0.1])), None);
    assert_eq!(needs(&Study::of(&[0.1, 0.11])), Some((3, false)));
}

/// What each claim is decided as.
fn decided(study: &Study) -> Vec<Option<&'static str>> {
    let found = study.findings().into_iter();
    let decided = found.map(|found| found.verdict.is_decided().then_some(found.verdict.name()));
    decided.collect()
}

#[test]
fn an_interval_does_not_end_what_other_claims_may_let_the_test_end() {
    // p̃ is 0.042: with two others that wait 0.13 after Holm, with two that are decided 0.042.
    let (small, clear, nothing) = (
        [0.0054, 0.007, 0.0086],
        [0.19, 0.195, 0.185],
        [0.01, -0.03, 0.02],
    );
    let mut study = Study::with(&[&small, &clear, &clear]);
    let verdict = |study: &Study| study.findings().remove(0).verdict;
    assert_eq!(verdict(&study), Verdict::Supported { small: true });
    for claim in [1, 2] {
        study.forget(claim, 3);
    }
    assert!(!verdict(&study).is_decided());
    let study = Study::with(&[&small, &nothing, &nothing]);
    assert_eq!(verdict(&study), Verdict::SmallerThan);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Rows come in any order, first replicates last: what is decided once stays decided so, and in the end the
    /// order is forgotten.
    #[test]
    fn no_row_takes_a_verdict_back(
        sums in prop::collection::vec((-0.01..0.08_f64, 0.002..0.03_f64), 3),
        noise in prop::collection::vec(-1.0..1.0_f64, 36),
        order in Just((0..72).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let values = |claim: usize| -> Vec<f64> {
            let (mean, deviation) = sums[claim];
            noise[claim * 12..][..12].iter().map(|z| mean + deviation * z).collect()
        };
        let claims = [values(0), values(1), values(2)];
        let whole = Study::with(&[&claims[0], &claims[1], &claims[2]]);
        let mut grown = whole.clone();
        grown.runs.clear();
        let mut before = vec![None; 3];
        for row in order {
            grown.runs.push(whole.runs[row].clone());
            let now = decided(&grown);
            let stays = |(before, now): (&Option<&str>, &Option<&str>)| before.is_none() || before == now;
            prop_assert!(before.iter().zip(&now).all(stays), "{before:?} {now:?}");
            before = now;
        }
        prop_assert_eq!(grown.findings(), whole.findings());
        grown.cells.reverse();
        prop_assert_eq!(grown.findings(), whole.findings());
    }
}
