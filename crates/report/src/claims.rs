use crate::statistics::{Estimate, holm, sign_flip};
use crate::{Choice, Verdict};
use results::{Cell, Curve, Run};
use std::collections::{BTreeMap, BTreeSet};
use study::{Claim, Comparison, Question};
use tasks::Floor;

/// A sentence of the paper with what our numbers say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub says: String,
    /// Where it is looked at, e.g. `task mnist`.
    pub place: Choice,
    pub first: String,
    pub second: String,
    pub measure: Measure,
    /// How far the first is ahead, over pairs of the same seed; `None` while none is finished.
    pub lead: Option<Estimate>,
    /// Pairs that were asked for.
    pub expected: usize,
    pub p: Option<f64>,
    /// After Holm over the study's claims.
    pub corrected: Option<f64>,
    pub verdict: Verdict,
    pub floor: Option<Floor>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Test accuracy, as a share.
    Accuracy,
    /// Gradient steps until validation accuracy first reaches `at`. A run that never does counts
    /// with its last step, which makes the lead a lower bound; `censored` runs did not.
    Steps { at: f64, censored: usize },
}

/// A cell apart from the table's rows axis, and its seed: what a pair has in common.
type Pair = (BTreeSet<(String, String)>, u64);

/// Checks each claim of the study. Holm runs over all of them, unfinished ones included.
pub(crate) fn findings(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    expected: &[Cell],
) -> Vec<Finding> {
    let look = |claim| finding(question, claim, runs, curves, expected);
    let mut findings: Vec<(Finding, usize)> = question.claims.iter().map(look).collect();
    let p: Vec<f64> = findings
        .iter()
        .map(|(finding, _)| finding.p.unwrap_or(1.0))
        .collect();
    for ((finding, pairs), corrected) in findings.iter_mut().zip(holm(&p)) {
        finding.corrected = finding.p.map(|_| corrected);
        let mean = finding.lead.map_or(0.0, |lead| lead.mean);
        finding.verdict = Verdict::of(mean, finding.corrected, *pairs, p.len());
    }
    findings.into_iter().map(|(finding, _)| finding).collect()
}

fn finding(
    question: &Question,
    claim: &Claim,
    runs: &[Run],
    curves: &[Curve],
    expected: &[Cell],
) -> (Finding, usize) {
    let rows = question.table.rows.as_str();
    let (first, second) = match &claim.comparison {
        Comparison::Greater(first, second) => (first, second),
        Comparison::Sooner { first, second, .. } => (first, second),
    };
    let pair_of = |cell: &Cell, row: &str| -> Option<Pair> {
        let here = |wanted: &(String, String)| cell.axes.contains(wanted);
        let chosen = cell
            .axes
            .iter()
            .any(|(axis, value)| axis == rows && value == row);
        (chosen && claim.place.iter().all(here)).then(|| {
            let rest = cell.axes.iter().filter(|(axis, _)| axis != rows).cloned();
            (rest.collect(), cell.seed)
        })
    };
    let accuracies = |row: &str| -> BTreeMap<Pair, f64> {
        let at = |run: &Run| Some((pair_of(&run.cell, row)?, run.test.accuracy));
        runs.iter().filter_map(at).collect()
    };
    let arrivals = |row: &str, at: f64| -> BTreeMap<Pair, (f64, bool)> {
        let at = |curve: &Curve| Some((pair_of(&curve.cell, row)?, arrival(curve, at)?));
        curves.iter().filter_map(at).collect()
    };
    let (leads, measure): (Vec<f64>, Measure) = match &claim.comparison {
        Comparison::Greater(..) => {
            let seconds = accuracies(second);
            let lead = |(pair, ours): (Pair, f64)| Some(ours - seconds.get(&pair)?);
            (
                accuracies(first).into_iter().filter_map(lead).collect(),
                Measure::Accuracy,
            )
        }
        Comparison::Sooner { at, .. } => {
            let seconds = arrivals(second, *at);
            let mut censored = 0;
            let mut leads = Vec::new();
            for (pair, (ours, arrived)) in arrivals(first, *at) {
                let Some((theirs, they_arrived)) = seconds.get(&pair) else {
                    continue;
                };
                censored += usize::from(!arrived) + usize::from(!they_arrived);
                leads.push(match (arrived, *they_arrived) {
                    (true, true) => theirs - ours,
                    // A run that stopped early without arriving is not ahead of one that arrives
                    // later.
                    (true, false) => (theirs - ours).max(0.0),
                    (false, true) => (theirs - ours).min(0.0),
                    // Nothing between them: a tie.
                    (false, false) => 0.0,
                });
            }
            (leads, Measure::Steps { at: *at, censored })
        }
    };
    let floor = runs.iter().find(|run| pair_of(&run.cell, first).is_some());
    let asked = expected
        .iter()
        .filter(|cell| pair_of(cell, first).is_some())
        .count();
    let finding = Finding {
        says: claim.says.clone(),
        place: claim.place.clone(),
        first: first.clone(),
        second: second.clone(),
        measure,
        lead: Estimate::over(&leads),
        expected: asked,
        p: sign_flip(&leads),
        corrected: None,
        verdict: Verdict::Undecided(String::new()),
        floor: floor.map(|run| run.floor.clone()),
    };
    (finding, leads.len())
}

/// The first step at which the curve reaches an accuracy, or its last step and `false`.
fn arrival(curve: &Curve, at: f64) -> Option<(f64, bool)> {
    let reached = curve
        .points
        .iter()
        .find(|point| point.validation_accuracy >= at);
    let point = reached.or(curve.points.last())?;
    Some((point.step as f64, reached.is_some()))
}
