use super::jobs::replicate;
use crate::summary::Summary;
use crate::table::{Column, Role, Table, Value};
use evidence::{Cell, Rate, Run};
use std::collections::BTreeMap;
use training::JobId;

/// Every job of the plan's cells, one a row, with its id: what leads from a table to a job's folder.
pub(crate) fn listed(summary: &Summary) -> Table {
    let axes = summary.question.axes.iter();
    let names = axes.map(|axis| Column::left(&axis.key));
    let is_axis = |name: &str| summary.question.axes.iter().any(|axis| axis.key == name);
    let rate = (!is_axis("learning-rate")).then(|| Column::left("learning rate"));
    let runs = summary.finished().map(|run| (&run.cell.job, run));
    let runs: BTreeMap<&JobId, &Run> = runs.collect();
    Table {
        role: Role::Listed,
        caption: "Every job: `fpt show ID` says more of one".to_owned(),
        columns: names
            .chain([Column::left("replicate")])
            .chain(rate.clone())
            .chain([Column::right("test accuracy"), Column::left("job")])
            .collect(),
        rows: summary
            .planned
            .iter()
            .map(|cell| row(summary, cell, runs.get(&cell.job).copied(), rate.is_some()))
            .collect(),
        foot: None,
    }
}

fn row(summary: &Summary, cell: &Cell, run: Option<&Run>, with_rate: bool) -> Vec<Value> {
    let chosen = summary.question.axes.iter().map(|axis| {
        let found = cell.axes.iter().find(|(key, _)| *key == axis.key);
        found.map_or(Value::Absent, |(_, value)| Value::text(value))
    });
    let rate = cell.rate.or_else(|| Some(Rate(run?.learning_rate)));
    let rate = rate.map_or(Value::Absent, |rate| Value::text(rate.to_string()));
    let own = [
        run.map_or(Value::Unfinished, |run| Value::Share(run.test.accuracy)),
        Value::text(&cell.job.0),
    ];
    chosen
        .chain([Value::text(replicate(cell))])
        .chain(with_rate.then_some(rate))
        .chain(own)
        .collect()
}
