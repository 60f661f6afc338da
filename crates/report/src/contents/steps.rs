//! How soon cells learn, beside what they come to.

use super::layout::{columns, line};
use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::table::{Role, Table, Value};
use evidence::{Pooled, STEPS_TO_ACCURACY};

/// Gradient steps to an accuracy that is said in the head of each column, or with the name of each row that is a task; `None` where no
/// curve tells.
pub(super) fn steps(summary: &Summary, sheet: &Sheet) -> Option<Table> {
    let named = |names: &[String]| -> Vec<String> {
        let groups = sheet.groups();
        let named = names.iter().zip(&groups).map(|(name, group)| {
            let mut group = group.iter();
            match group.find_map(|cell| summary.arrival(cell)) {
                Some(arrival) => format!("{name} at {:.0} %", arrival.at * 100.0),
                None => name.clone(),
            }
        });
        named.collect()
    };
    let (rows, heads) = match sheet.tasks_down {
        true => (named(&sheet.rows), sheet.heads.clone()),
        false => (sheet.rows.clone(), named(&sheet.heads)),
    };
    let lines = rows.iter().zip(&sheet.cells);
    let mut planned = sheet.planned();
    let is_known = planned.any(|cell| summary.arrival(cell).is_some());
    is_known.then(|| Table {
        role: Role::Steps,
        caption: format!("{}: mean (replicates)", STEPS_TO_ACCURACY.label),
        columns: columns(&summary.question.table.rows, heads),
        rows: lines
            .map(|(row, cells)| line(summary, row, cells, |cell| value(summary, cell)))
            .collect(),
        foot: None,
    })
}

/// Nothing for a finished cell without a curve, or whose column (or row, of a task) has nothing to arrive at.
fn value(summary: &Summary, cell: &Pooled) -> Value {
    match (summary.arrival(cell), cell.estimate) {
        (Some(arrival), _) => Value::Steps {
            arrival: *arrival,
            asked: cell.expected,
        },
        (None, None) => Value::Unfinished,
        (None, Some(_)) => Value::Absent,
    }
}

/// How the accuracies are chosen, and what the steps are.
pub(super) fn rule(summary: &Summary) -> Option<String> {
    let mut arrivals = summary.arrivals.values();
    let bound = match arrivals.any(|arrival| arrival.arrived < arrival.runs) {
        true => format!(
            " `>`: runs {}, so that the mean is a bound.",
            STEPS_TO_ACCURACY.bound
        ),
        false => String::new(),
    };
    let group = match summary.sheets.iter().any(|sheet| sheet.tasks_down) {
        true => "row",
        false => "column",
    };
    (!summary.arrivals.is_empty()).then(|| {
        format!(
            "Gradient steps are counted to one validation accuracy for each {group}: half way from the highest trivial \
             floor that its best cell beats by five points (where it beats none so, from the lowest first evaluation in the {group}) to the best cell, by the \
             mean over replicates of each run's best evaluation, rounded down to a whole percent; none where that \
             is not above the start. No run's test accuracy has a say in it, and it may move until the {group} is \
             finished. Steps are read on the line between two evaluations.{bound}"
        )
    })
}
