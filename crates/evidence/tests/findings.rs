//! When a claim is decided, by what, and that it stays so.
#![allow(clippy::unwrap_used)]

mod simulated;

use evidence::seed::seed;
use evidence::{ClaimTest, MEASURES, Verdict, extent};
use simulated::{Study, cell, place, run};
use training::CurvePoint;

/// Sums with this mean and standard deviation, 3 of them.
fn three(mean: f64, deviation: f64) -> Vec<f64> {
    [-1.0, 0.0, 1.0].map(|z| mean + z * deviation).to_vec()
}

#[test]
fn what_is_decided_stays_whatever_comes_later() {
    let mut sums = three(0.189, 0.006);
    let early = Study::of(&sums).finding();
    assert_eq!(early.verdict, Verdict::Supported { small: false });
    sums.extend([-0.3, -0.4, -0.5, -0.6, -0.4]);
    let late = Study::of(&sums).finding();
    assert_eq!(late.values.len(), 8);
    assert_eq!(late.expected, 8);
    let past = |found: &evidence::Finding| {
        let found = found.clone();
        let numbers = (found.effect, found.wide, found.corrected, found.sign_flip);
        (
            found.verdict,
            found.looks,
            found.replicates,
            found.runs,
            numbers,
        )
    };
    assert_eq!(past(&late), past(&early));
    assert_eq!((late.replicates, late.runs, late.looks.len()), (3, 6, 1));
}

#[test]
fn only_the_first_replicates_of_a_look_count() {
    let mut sums = three(0.03, 0.02);
    let at_three = Study::of(&sums).finding();
    sums.push(0.9);
    let at_four = Study::of(&sums).finding();
    assert_eq!(at_four.effect, at_three.effect);
    assert_eq!(at_four.verdict.reason(), at_three.verdict.reason());
    sums.push(0.04);
    let at_five = Study::of(&sums).finding();
    assert_eq!(at_five.looks.len(), 2);
    assert_eq!(at_five.effect.unwrap().n, 5);
}

#[test]
fn a_first_replicate_that_is_missing_holds_the_look() {
    let mut study = Study::of(&[0.2, 0.21, 0.19, 0.2, 0.2]);
    study.forget(0, 2);
    let found = study.finding();
    assert_eq!(found.values.len(), 4);
    assert!(found.looks.is_empty() && found.wide.is_none() && found.corrected.is_none());
    assert_eq!(
        found.verdict.reason(),
        Some("2 of the first 3 replicates are finished")
    );
    assert_eq!(found.effect.unwrap().n, 4);
}

#[test]
fn an_effect_smaller_than_the_margin() {
    let found = Study::of(&[0.001, -0.001, 0.000]).finding();
    assert_eq!(found.verdict, Verdict::SmallerThan);
    let (low, high) = found.wide.unwrap();
    // 1 - 0.05 · 0.4: t is 6.9646 at 2 degrees of freedom.
    assert!((high - 6.964_556_734 * 0.001 / 3.0_f64.sqrt()).abs() < 1e-9);
    assert!((low + high).abs() < 1e-12);
    // Of two claims each interval is wider: 9.92 · 0.0035 / √3 = 0.0201, and 0.0141 alone.
    let wider = [0.0035, -0.0035, 0.0];
    assert_eq!(Study::of(&wider).finding().verdict, Verdict::SmallerThan);
    let beside = Study::with(&[&wider, &[]]).findings().remove(0);
    assert!(!beside.verdict.is_decided());
    // Both: there is an effect, and it is small.
    let small = Study::of(&three(0.005, 0.0001)).finding();
    assert_eq!(small.verdict, Verdict::Supported { small: true });
    let against = Study::of(&three(-0.005, 0.0001)).finding();
    assert_eq!(against.verdict, Verdict::Refuted { small: true });
}

#[test]
fn at_least_so_much() {
    let more = |by: f64, sums: &[f64]| {
        let mut study = Study::of(sums);
        study.question.claims[0].test = ClaimTest::More { by };
        study.finding().verdict
    };
    assert_eq!(
        more(0.05, &three(0.1, 0.002)),
        Verdict::Supported { small: false }
    );
    assert_eq!(
        more(0.15, &three(0.1, 0.002)),
        Verdict::Refuted { small: false }
    );
    // The second ending is about zero alone.
    assert!(!more(0.1, &three(0.1, 0.002)).is_decided());
    assert!(!more(0.001, &three(0.001, 0.001)).is_decided());
}

#[test]
fn an_equivalence() {
    let within = |sums: &[f64]| {
        let mut study = Study::of(sums);
        study.question.claims[0].test = ClaimTest::Within;
        study.finding()
    };
    let inside = within(&three(0.001, 0.001));
    assert_eq!(inside.verdict, Verdict::Supported { small: false });
    assert_eq!(
        (inside.looks[0].p, inside.corrected, inside.sign_flip),
        (1.0, None, None)
    );
    assert_eq!(
        within(&three(-0.1, 0.01)).verdict,
        Verdict::Refuted { small: false }
    );
    let open = within(&three(0.02, 0.01)).verdict;
    assert_eq!(
        open.reason(),
        Some("the interval of 3 replicates lies neither inside the margin nor outside")
    );
}

#[test]
fn agreement_by_chance_decides_nothing_against_the_noise_of_the_test_set() {
    let verdict = |examples: usize, sums: &[f64]| {
        let mut study = Study::of(sums);
        for run in &mut study.runs {
            run.test.examples = examples;
        }
        study.finding().verdict
    };
    let agreed = three(0.05, 1e-6);
    assert!(verdict(usize::MAX, &agreed).is_decided());
    // s₀² = (0.49 + 0.5) / 2,000 : two points.
    assert!(!verdict(1_000, &agreed).is_decided());
    // All runs at 100 %: neither deviation nor noise is known.
    let mut study = Study::of(&[0.0; 3]);
    for run in &mut study.runs {
        run.test.accuracy = 1.0;
    }
    let found = study.finding();
    assert_eq!((found.looks[0].p, found.wide), (1.0, None));
    assert_eq!(
        found.verdict,
        Verdict::Undecided {
            more: None,
            why: "the replicates do not differ, and nothing is known of their noise".to_owned()
        }
    );
}

#[test]
fn equal_sums_that_differ_in_their_last_digits_are_equal() {
    let mut study = Study::of(&[0.0; 3]);
    let loss = MEASURES.iter().find(|measure| measure.name == "test_loss");
    study.question.claims[0].measure = loss.unwrap();
    for (run, loss) in study.runs.iter_mut().zip([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]) {
        run.test.loss = loss;
    }
    assert_eq!(study.finding().looks[0].p, 1.0);
}

#[test]
fn claims_that_wait_count() {
    let sums = three(0.092, 0.015);
    let alone = Study::of(&sums).finding();
    assert_eq!(alone.verdict.name(), "supported");
    let beside = Study::with(&[&sums, &[], &[]]).findings();
    let ratio = beside[0].corrected.unwrap() / alone.corrected.unwrap();
    assert!((ratio - 3.0).abs() < 1e-9);
    assert!(!beside[0].verdict.is_decided());
    assert_eq!(
        beside[1].verdict.reason(),
        Some("0 of the first 3 replicates are finished")
    );
    // An equivalence counts as one that waits.
    let mut study = Study::with(&[&sums, &three(0.0, 1e-4), &three(0.0, 1e-4)]);
    for claim in &mut study.question.claims[1..] {
        claim.test = ClaimTest::Within;
    }
    let found = study.findings();
    assert_eq!(found[0].corrected, beside[0].corrected);
    assert!(found[1].verdict.is_decided());
}

#[test]
fn chosen_replicates_are_looked_at_in_rising_number() {
    let mut study = Study::of(&[]);
    study.question.chosen_seeds = true;
    for (number, sum) in [(11, 0.19), (7, 0.2), (40, 0.5), (9, 0.21)] {
        for (side, accuracy) in [("a", 0.5 + sum), ("b", 0.5)] {
            let cell = cell(0, side, number);
            study.runs.push(run(&cell, accuracy, simulated::ENDLESS));
            study.cells.push(cell);
        }
    }
    let found = study.finding();
    assert!((found.effect.unwrap().mean - 0.2).abs() < 1e-9);
    assert_eq!(found.verdict, Verdict::Supported { small: false });
    assert_eq!(found.expected, 4);
    let extent = extent(&study.evidence());
    assert_eq!(extent[&place(0, "a")], 4);
    study.cells.truncate(4);
    assert_eq!(
        study.finding().verdict.reason(),
        Some("2 replicates were asked for, the first look is at 3")
    );
}

#[test]
fn jobs_around_a_body_are_averaged_and_all_are_waited_for() {
    let mut study = Study::new(1, 3, 2);
    for (replicate, sum) in [(1, 0.19), (2, 0.2), (3, 0.21)] {
        study.set(0, replicate, 0, 0.5 + sum + 0.1, 0.5);
        study.set(0, replicate, 1, 0.5 + sum - 0.1, 0.5);
    }
    let found = study.finding();
    assert_eq!((found.replicates, found.runs), (3, 12));
    assert!((found.values[&1] - 0.19).abs() < 1e-9);
    assert_eq!(found.verdict, Verdict::Supported { small: false });
    study.runs.retain(|run| run.cell.seed != seed(3, 1));
    let found = study.finding();
    assert_eq!((found.replicates, found.runs), (2, 8));
}

#[test]
fn a_loss_that_is_no_number_is_no_reading() {
    let mut study = Study::of(&three(0.1, 0.01));
    let loss = MEASURES.iter().find(|measure| measure.name == "test_loss");
    study.question.claims[0].measure = loss.unwrap();
    study.runs[0].test.loss = f64::NAN;
    assert_eq!(
        study.finding().verdict.reason(),
        Some("2 of the first 3 replicates are finished; 1 run has no such reading")
    );
}

#[test]
fn a_lead_over_runs_that_never_arrive_is_a_bound() {
    let mut study = Study::of(&[0.0; 3]);
    let steps = MEASURES.iter().find(|measure| measure.key().is_some());
    let claim = &mut study.question.claims[0];
    (claim.measure, claim.at, claim.margin) = (steps.unwrap(), Some(0.9), 1e5);
    (claim.terms[0].weight, claim.terms[1].weight) = (-1.0, 1.0);
    let point = |step, validation_accuracy| CurvePoint {
        validation_accuracy,
        ..CurvePoint::at(step)
    };
    study.curves = study
        .runs
        .iter()
        .enumerate()
        .map(|(at, run)| {
            let last = if at % 2 == 0 { 1.0 } else { 0.5 };
            let points = vec![
                point(100, 0.1),
                point(200 + at as u64, last),
                point(4000, last),
            ];
            let cell = run.cell.clone();
            evidence::Curve { cell, points }
        })
        .collect();
    let found = study.finding();
    assert_eq!((found.bounds, found.runs), (3, 6));
    // Inside a margin of 100,000 steps for sure, if these were measurements.
    assert_eq!(found.verdict, Verdict::Supported { small: false });
}

#[test]
fn runs_no_better_than_the_majority_class_are_counted() {
    let mut study = Study::of(&three(0.1, 0.01));
    // A score of 10 % on 1,000 examples has a deviation of 0.95 points.
    study.runs[0].test = training::Score {
        loss: 2.3,
        accuracy: 0.118,
        examples: 1000,
    };
    study.runs[1].test = training::Score {
        loss: 2.3,
        accuracy: 0.121,
        examples: 1000,
    };
    study.runs[2].test = training::Score {
        loss: 2.3,
        accuracy: 0.05,
        examples: 1000,
    };
    let mut untold = study.clone();
    assert_eq!(study.finding().collapsed, 2);
    untold.runs.iter_mut().for_each(|run| run.tests.clear());
    assert_eq!(untold.finding().collapsed, 0);
}

#[test]
fn it_also_stands_without_normality_where_there_are_enough() {
    let sums = [0.10, 0.11, 0.09, 0.12, 0.08, 0.10, 0.11, 0.09];
    let mut study = Study::of(&sums);
    study.question.looks.at = vec![8];
    study.question.looks.weights = vec![1.0];
    let found = study.finding();
    assert_eq!(found.sign_flip, Some(2.0 / 256.0));
    assert!(found.verdict.is_decided() && found.also_without_normality);
    let few = Study::of(&sums).finding();
    assert_eq!((few.replicates, few.sign_flip), (3, Some(0.25)));
    assert!(few.verdict.is_decided() && !few.also_without_normality);
}

#[test]
fn what_is_found_is_found_for_these_bodies() {
    let mut study = Study::of(&[]);
    let body = |side, name: &str| (place(0, side), name.to_owned());
    study.question.one_body = vec![
        body("a", "gpt2"),
        body("b", "gpt2"),
        (place(1, "a"), "bert".to_owned()),
    ];
    assert_eq!(study.finding().for_bodies, ["gpt2"]);
}
