//! How the runs of each cell ended.

use super::links;
use super::took::{Finished, took};
use crate::summary::Summary;
use crate::table::{Column, Role, Table, Value};
use evidence::{Pooled, Run, seed};

pub(super) fn ends(summary: &Summary, finished: &Finished<'_>) -> Table {
    let axes = summary.question.axes.iter();
    let names = axes.map(|axis| Column::left(&axis.key));
    let cells = links::keyed(summary).map(|(_, cell)| cell);
    let rest = [
        "replicates",
        "asked for",
        "runs",
        "collapsed",
        "diverged",
        "parameters trained",
        "core-hours",
    ];
    Table {
        role: Role::Ends,
        caption: "Replicates that are whole, their runs, and what became of them. Collapsed: no better than the majority \
                  class, within two deviations of the test set's noise. Pilots are in the core-hours alone"
            .to_owned(),
        columns: names.chain(rest.map(Column::right)).collect(),
        rows: cells
            .map(|cell| row(summary, finished.at(&cell.axes), cell))
            .collect(),
        foot: None,
    }
}

fn row(summary: &Summary, runs: &[&Run], cell: &Pooled) -> Vec<Value> {
    let here = || runs.iter().copied();
    let tested = || here().filter(|run| seed::pilot_of(run.cell.seed).is_none());
    let collapsed: Vec<bool> = tested().filter_map(Run::is_collapsed).collect();
    let took = took(summary, here());
    let trained = cell.parameters.map(|count| count.trained);
    let known = [
        Value::Count(cell.values.len()),
        Value::Count(cell.expected),
        Value::Count(tested().count()),
        match collapsed.is_empty() {
            true => Value::Absent,
            false => Value::Count(collapsed.into_iter().filter(|is_so| *is_so).count()),
        },
        Value::Count(cell.diverged),
        trained.map_or(Value::Absent, Value::Count),
        match took.timed {
            0 => Value::Absent,
            _ => Value::Hours(took.core_hours),
        },
    ];
    let choice = links::choice(summary, &cell.axes).into_iter();
    choice.chain(known).collect()
}
