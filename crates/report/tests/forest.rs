//! The figure of claims, whatever they are.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{claim, half_way, keep, question, study};
use evidence::{Claim, ClaimTest, Question};
use report::Figure;

fn forest(claims: Vec<Claim>, replicates: u64, finished: fn(&evidence::Cell) -> bool) -> Figure {
    let (runs, curves, cells) = study(replicates, 1, finished);
    let question = Question {
        claims,
        ..question()
    };
    // Curves are read by claims of steps alone, and drawn, which takes its time.
    let reads = question.claims.iter().any(|claim| claim.at.is_some());
    let curves = if reads { curves } else { Vec::new() };
    let summary = report::Summary::new(&question, &runs, &curves, &cells).unwrap();
    let mut figures = report::figures(&summary, report::Width::default()).unwrap();
    let figure = figures.pop().unwrap();
    assert_eq!(figure.name, "claims");
    figure
}

/// The words of a figure, in the order they are drawn.
fn words(figure: &Figure) -> Vec<String> {
    let is_word = |line: &&str| !line.starts_with('<') && !line.is_empty();
    let lines = figure.svg.lines().filter(is_word);
    lines.map(str::to_owned).collect()
}

fn has(figure: &Figure, word: &str) -> usize {
    words(figure).iter().filter(|known| *known == word).count()
}

#[test]
fn every_verdict_has_its_word_and_each_unit_its_scale() {
    let figure = forest(common::claims(), 5, |_| true);
    keep(&figure, "forest-all");
    assert_eq!(
        (has(&figure, "points"), has(&figure, "gradient steps")),
        (1, 1)
    );
    // Each in the legend as well.
    assert!(has(&figure, "supported") >= 2, "{:?}", words(&figure));
    assert!(has(&figure, "refuted") >= 2);
    assert_eq!(has(&figure, "the least effect that is claimed"), 1);
}

#[test]
fn one_claim_is_enough() {
    let figure = forest(common::claims()[..1].to_vec(), 3, |_| true);
    keep(&figure, "forest-one");
    assert_eq!(has(&figure, "supported"), 2);
}

#[test]
fn a_caption_says_what_speaks_for_its_claims() {
    let equal = |claim: Claim| Claim {
        test: ClaimTest::Within,
        ..claim
    };
    let more = common::claims()[0].clone();
    let says = |claims: Vec<Claim>, words: &str| {
        let svg = forest(claims, 3, |_| true).svg;
        let said: Vec<&str> = svg.split_whitespace().collect();
        let words = format!("counts as small. {words}");
        assert!(said.join(" ").contains(&words), "{words}");
    };
    says(vec![more.clone()], "Right of zero speaks for a claim.");
    says(
        vec![equal(more.clone())],
        "What is shaded speaks for a claim: that there is no difference.",
    );
    says(
        vec![more.clone(), equal(more)],
        "Right of zero speaks for a claim of more, what is shaded for one of no difference.",
    );
}

#[test]
fn long_sentences_are_wrapped() {
    let mut claims = common::claims();
    claims.remove(2);
    for claim in &mut claims[..2] {
        claim.says = "A body that was pretrained on text, and whose attention and feed-forward layers \
                      stay as they were while layer norms, positions and the nets at both ends train, is \
                      further ahead of one that was never trained the longer both of them train"
            .to_owned();
        claim.compared = format!(
            "{}, every axis that is left open averaged over, {}",
            claim.compared, claim.compared
        );
    }
    let figure = forest(claims, 3, |_| true);
    keep(&figure, "forest-long");
    let longest = words(&figure).iter().map(|line| line.chars().count()).max();
    assert!(longest.unwrap() < 200);
}

#[test]
fn twelve_claims_stand_under_each_other() {
    let pairs = [("text", "random"), ("image", "random"), ("bit", "text")];
    let mut claims = Vec::new();
    for task in common::TASKS.map(|task| task.0) {
        for (a, b) in pairs {
            let says = format!("{a} beats {b} on {task}");
            let compared = format!("{a} against {b} on task {task}");
            claims.push(claim(&says, &compared, &[(1.0, a, task), (-1.0, b, task)]));
        }
    }
    let figure = forest(claims, 8, |_| true);
    keep(&figure, "forest-twelve");
    assert!(figure.svg.contains("bit beats text on mnist"));
}

#[test]
fn a_claim_without_an_effect_is_unfinished() {
    let mut claims = common::claims();
    let terms = [(1.0, "text", "listops"), (-1.0, "random", "listops")];
    claims[2] = Claim {
        terms: claim("", "", &terms).terms,
        ..claims[2].clone()
    };
    claims[0] = claim(
        "Text beats random on ListOps",
        "text against random on task listops",
        &terms,
    );
    let figure = forest(claims, 3, half_way);
    keep(&figure, "forest-unfinished");
    assert_eq!(has(&figure, "unfinished"), 2);
}

#[test]
fn nothing_is_drawn_while_no_claim_has_an_effect() {
    let (_, _, cells) = study(3, 1, |_| true);
    let summary = report::Summary::new(&question(), &[], &[], &cells).unwrap();
    assert!(
        report::figures(&summary, report::Width::default())
            .unwrap()
            .is_empty()
    );
}
