use crate::against::Against;
use crate::cell::{Cell, Choice};
use crate::evidence::{Evidence, Jobs, Replicates};
use crate::paper::{PaperValue, cited};
use crate::question::Question;
use crate::registry::TEST_ACCURACY;
use crate::run::Run;
use crate::statistics::{Estimate, mean};
use freezing_policy::GroupCount;
use std::collections::BTreeMap;
use tasks::Floor;

/// A cell of the grid with its replicates pooled; the jobs around one body are one number, their mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    pub axes: Choice,
    /// Replicates that were asked for.
    pub expected: usize,
    /// The table's measure by replicate, of those whose jobs are all finished.
    pub values: BTreeMap<u64, f64>,
    pub estimate: Option<Estimate>,
    /// Runs that diverged.
    pub diverged: usize,
    /// The best trivial strategy.
    pub floor: Option<Floor>,
    /// All of them, where they are known.
    pub floors: Vec<Floor>,
    /// Accuracy on the task's further test sets, by name.
    pub further: Vec<(String, Estimate)>,
    pub paper: Option<PaperValue>,
    /// Numbers trained and held.
    pub parameters: Option<GroupCount>,
    /// Against the reference cell, once [`compare`](crate::compare) has seen it; `None` for the
    /// reference itself.
    pub against: Option<Against>,
}

/// The cells of the plan with their replicates pooled, in its order, each once.
pub fn pool(evidence: &Evidence<'_>) -> Vec<Pooled> {
    let none = Replicates::new();
    let firsts = evidence.firsts();
    firsts
        .map(|(cell, replicates)| pooled(evidence.question, cell, replicates.unwrap_or(&none)))
        .collect()
}

fn pooled(question: &Question, cell: &Cell, replicates: &Replicates<'_>) -> Pooled {
    let measure = question.table.measure;
    let value = |(number, jobs): (&u64, &Jobs<'_>)| {
        let reading = jobs.reading(measure, None)?;
        Some((*number, reading.value))
    };
    let values: BTreeMap<u64, f64> = replicates.iter().filter_map(value).collect();
    let runs = || replicates.values().flat_map(Jobs::runs);
    let last = runs().last();
    let tested = last.and_then(|run| run.tests.first());
    Pooled {
        axes: cell.axes.clone(),
        expected: replicates.len(),
        estimate: Estimate::over(&values.values().copied().collect::<Vec<_>>()),
        values,
        diverged: runs().filter(|run| run.diverged.is_some()).count(),
        floor: last.map(|run| run.floor.clone()),
        floors: tested
            .map(|tested| tested.floors.clone())
            .unwrap_or_default(),
        further: further(replicates),
        paper: cited(&question.paper, &cell.axes).filter(|_| measure == &TEST_ACCURACY),
        parameters: last.map(Run::counted),
        against: None,
    }
}

/// Accuracy on the test sets after the first, in their order.
fn further(replicates: &Replicates<'_>) -> Vec<(String, Estimate)> {
    let mut sets: Vec<(&str, Vec<f64>)> = Vec::new();
    for jobs in replicates.values() {
        let mut here: Vec<(&str, Vec<f64>)> = Vec::new();
        for tested in jobs.runs().flat_map(|run| run.tests.iter().skip(1)) {
            push(&mut here, &tested.name, tested.score.accuracy);
        }
        for (name, accuracies) in here {
            push(&mut sets, name, mean(&accuracies));
        }
    }
    let sets = sets.into_iter();
    sets.filter_map(|(name, all)| Some((name.to_owned(), Estimate::over(&all)?)))
        .collect()
}

fn push<'a>(sets: &mut Vec<(&'a str, Vec<f64>)>, name: &'a str, accuracy: f64) {
    match sets.iter_mut().find(|(known, _)| *known == name) {
        Some((_, accuracies)) => accuracies.push(accuracy),
        None => sets.push((name, vec![accuracy])),
    }
}
