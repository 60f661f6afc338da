//! Rates chosen on pilots, cells pooled by replicate, differences without a family of their own, and how normal
//! residuals look.
#![allow(clippy::unwrap_used)]

mod simulated;

use evidence::seed::{pilot, seed};
use evidence::{
    Cell, ClaimTest, Curve, Rate, Run, Verdict, compare, normality, pool, select, spread,
};
use rand_distr::{Distribution, Exp1, StandardNormal};
use simulated::{ENDLESS, Study, cell, run};
use training::{CurvePoint, JobId};

fn at_rate(side: &str, seed: u64, rate: f64) -> Cell {
    Cell {
        rate: Some(Rate(rate)),
        job: JobId(format!("{side}-{seed}-{rate:e}")),
        ..cell(0, side, seed)
    }
}

/// A run whose tested weights have this accuracy in validation.
fn validated(cell: &Cell, accuracy: f64) -> (Run, Curve) {
    let point = CurvePoint {
        validation_accuracy: accuracy,
        ..CurvePoint::at(4000)
    };
    let curve = Curve {
        cell: cell.clone(),
        points: vec![point],
    };
    (run(cell, accuracy, ENDLESS), curve)
}

#[test]
fn pilots_choose_the_rate_and_are_no_replicates() {
    let mut study = Study::of(&[]);
    study.question.chooses = true;
    // The replicate of a was planned with what its pilots chose; b has no pilots and chooses on its replicates.
    let rows = [
        (at_rate("a", pilot(1), 1e-3), 0.6),
        (at_rate("a", seed(pilot(1), 1), 1e-3), 0.6),
        (at_rate("a", pilot(1), 1e-2), 0.7),
        (at_rate("a", seed(pilot(1), 1), 1e-2), 0.7),
        (at_rate("a", 1, 1e-2), 0.8),
        (at_rate("b", 1, 1e-3), 0.5),
        (at_rate("b", 1, 1e-2), 0.4),
    ];
    for (cell, accuracy) in rows {
        let (run, curve) = validated(&cell, accuracy);
        study.runs.push(run);
        study.curves.push(curve);
        study.cells.push(cell);
    }
    let selected = select(&study.question, &study.runs, &study.curves, &study.cells);
    let [a, b] = &*selected.chosen else { panic!() };
    assert_eq!((a.best, a.trials[1].expected, a.whole()), (Some(1), 2, 2));
    assert!((a.trials[1].validation.unwrap().mean - 0.7).abs() < 1e-12);
    assert_eq!((b.best, b.trials[1].expected), (Some(0), 1));
    let accuracies: Vec<f64> = selected.runs.iter().map(|run| run.test.accuracy).collect();
    assert_eq!(accuracies, [0.8, 0.5]);
    assert_eq!(selected.curves.len(), 2);
    let kept: Vec<_> = selected
        .cells
        .iter()
        .map(|cell| cell.rate.unwrap().0)
        .collect();
    assert_eq!(kept, [1e-2, 1e-3]);
    // Rates are compared with all of their jobs.
    let missing: Vec<Run> = study.runs[1..].to_vec();
    let selected = select(&study.question, &missing, &study.curves, &study.cells);
    assert_eq!(selected.chosen[0].best, Some(1), "the other rate is whole");
    assert_eq!(selected.chosen[0].whole(), 1);
}

/// Of equal pilots the plan takes the one that came there sooner, which is for the plan to say.
#[test]
fn the_rate_of_planned_replicates_is_the_one_that_counts() {
    let mut study = Study::of(&[]);
    study.question.chooses = true;
    let pilots = [1e-3, 1e-2].map(|rate| (at_rate("a", pilot(1), rate), 1.0));
    let replicate = (at_rate("a", 1, 1e-2), 1.0);
    let add = |study: &mut Study, (cell, accuracy): (Cell, f64)| {
        let (run, curve) = validated(&cell, accuracy);
        study.runs.push(run);
        study.curves.push(curve);
        study.cells.push(cell);
    };
    for trial in pilots {
        add(&mut study, trial);
    }
    let chosen = |study: &Study| {
        let selected = select(&study.question, &study.runs, &study.curves, &study.cells);
        let chosen = &selected.chosen[0];
        (chosen.best, chosen.is_open, selected.runs.len())
    };
    assert_eq!(chosen(&study), (None, true, 0));
    add(&mut study, replicate);
    assert_eq!(chosen(&study), (Some(1), false, 1));
}

#[test]
fn bodies_and_the_jobs_around_them_have_spreads_of_their_own() {
    let mut study = Study::of(&[]);
    // Means 0.5, 0.6 and 0.7; around each of them 0.02 up and down.
    for replicate in 1..=3 {
        for (job, off) in [(0, -0.02), (1, 0.0), (2, 0.02)] {
            let cell = cell(0, "a", seed(replicate, job));
            let accuracy = 0.4 + 0.1 * replicate as f64 + off;
            study.runs.push(run(&cell, accuracy, ENDLESS));
            study.cells.push(cell);
        }
    }
    let found = |study: &Study| spread(&study.evidence());
    let [spread] = &found(&study)[..] else {
        panic!()
    };
    assert_eq!((spread.bodies, spread.jobs), (3, 3));
    assert!((spread.within - 0.02).abs() < 1e-12);
    // A mean of three jobs has a variance of 0.0004 / 3 of its own.
    let between = (0.01_f64 - 0.0004 / 3.0).sqrt();
    assert!((spread.between - between).abs() < 1e-12);
    // A body counts once all of its jobs are finished.
    study.runs.pop();
    assert_eq!(found(&study)[0].bodies, 2);
    study.runs.truncate(3);
    assert!(found(&study).is_empty());
}

#[test]
fn a_table_pools_by_replicate() {
    let mut study = Study::new(1, 3, 2);
    for (replicate, sum) in [(1, 0.19), (2, 0.2), (3, 0.21)] {
        study.set(0, replicate, 0, 0.5 + sum + 0.1, 0.5);
        study.set(0, replicate, 1, 0.5 + sum - 0.1, 0.5);
    }
    let extra = cell(0, "a", pilot(1));
    study.runs.push(run(&extra, 0.0, 100));
    study.cells.push(extra);
    let mut pooled = pool(&study.evidence());
    assert_eq!(pooled.len(), 2);
    let a = &pooled[0];
    assert_eq!((a.expected, a.values.len()), (3, 3));
    assert!((a.estimate.unwrap().mean - 0.7).abs() < 1e-12);
    compare(&mut pooled, &study.question.table, &study.findings());
    let against = pooled[0].against.clone().unwrap();
    assert!((against.lead.unwrap().mean - 0.2).abs() < 1e-12);
    assert_eq!(against.decided, Some(Verdict::Supported { small: false }));
    assert_eq!(pooled[1].against, None);
}

#[test]
fn only_a_claim_of_this_very_difference_decides_it() {
    let decided = |change: fn(&mut evidence::Claim)| {
        let mut study = Study::of(&[0.189, 0.195, 0.183]);
        change(&mut study.question.claims[0]);
        let mut pooled = pool(&study.evidence());
        compare(&mut pooled, &study.question.table, &study.findings());
        pooled[0].against.clone().unwrap().decided
    };
    let supported = Verdict::Supported { small: false };
    assert_eq!(decided(|_| {}), Some(supported.clone()));
    // "The reference is ahead" is refuted: ours is.
    let mirrored = decided(|claim| {
        let terms = &mut claim.terms;
        terms.iter_mut().for_each(|term| term.weight = -term.weight);
        terms.reverse();
    });
    assert_eq!(mirrored, Some(supported));
    assert_eq!(decided(|claim| claim.terms[0].weight = 0.5), None);
    assert_eq!(
        decided(|claim| claim.test = ClaimTest::More { by: 0.01 }),
        None
    );
    assert_eq!(decided(|claim| claim.test = ClaimTest::Within), None);
    assert_eq!(decided(|claim| claim.measure = evidence::MEASURES[1]), None);
}

#[test]
fn residuals_are_compared_with_normal_ones_of_the_same_places() {
    let look = |skewed: bool, replicates: u64| {
        let mut rng = tasks::stream(5, "residuals");
        let mut draw = || -> f64 {
            match skewed {
                true => Exp1.sample(&mut rng),
                false => StandardNormal.sample(&mut rng),
            }
        };
        let mut study = Study::new(10, replicates, 1);
        for claim in 0..10 {
            for replicate in 1..=replicates {
                let (a, b) = (0.5 + 0.01 * draw(), 0.5 + 0.03 * draw());
                study.set(claim, replicate, 0, a, b);
            }
        }
        normality(&study.evidence())
    };
    let normal = look(false, 8).unwrap();
    assert_eq!(normal.residuals, 160);
    assert!(normal.looks_normal(), "{normal:?}");
    // Studentised inside places of 8, normal residuals have a fourth moment of 3 (8 - 1) / (8 + 1).
    let middle = f64::midpoint(normal.kurtosis.low, normal.kurtosis.high);
    assert!((middle - 3.0 * 7.0 / 9.0).abs() < 0.1, "{normal:?}");
    assert!(!look(true, 8).unwrap().looks_normal());
    assert_eq!(look(false, 2), None);
    assert_eq!(look(false, 8), Some(normal));
}

#[test]
fn further_test_sets_are_pooled_by_replicate_too() {
    let mut study = Study::new(1, 2, 2);
    for (run, accuracy) in study
        .runs
        .iter_mut()
        .zip([0.1, 0.3, 0.9, 0.9, 0.6, 0.8, 0.9, 0.9])
    {
        let mut further = run.tests[0].clone();
        further.name = "by another hand".to_owned();
        further.score.accuracy = accuracy;
        run.tests.push(further);
    }
    let pooled = pool(&study.evidence());
    let [(name, estimate)] = &*pooled[0].further else {
        panic!()
    };
    assert_eq!((name.as_str(), estimate.n), ("by another hand", 2));
    assert!((estimate.mean - 0.45).abs() < 1e-12);
}
