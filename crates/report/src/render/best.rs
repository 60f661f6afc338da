//! Which values are the best of their column or row, where a format makes them stand out.

use crate::sheet::TASK;
use crate::table::{Role, Table, Value};
use evidence::Direction;
use std::collections::BTreeSet;

/// Row and column of each mean that is ahead in its column, or in its row where that is a task, if several have one and no other is printed
/// the same: of accuracies and other measures by their direction, of steps the fewest that every run arrives in.
pub(super) fn best(table: &Table) -> BTreeSet<(usize, usize)> {
    let direction = match table.role {
        Role::Accuracies(direction) => direction,
        Role::Steps => Direction::Lower,
        _ => return BTreeSet::new(),
    };
    let (rows, columns) = (table.rows.len(), table.columns.len());
    let groups: Vec<Vec<(usize, usize)>> = match is_of_tasks(table) {
        true => (0..rows)
            .map(|row| (0..columns).map(|column| (row, column)).collect())
            .collect(),
        false => (0..columns)
            .map(|column| (0..rows).map(|row| (row, column)).collect())
            .collect(),
    };
    let groups = groups.iter();
    groups
        .filter_map(|group| ahead(table, group, direction))
        .collect()
}

/// Whether a row is a task.
pub(super) fn is_of_tasks(table: &Table) -> bool {
    let first = table.columns.first();
    first.is_some_and(|column| column.name == TASK)
}

/// The place of a group whose mean is ahead of all others', also as they are printed.
fn ahead(table: &Table, group: &[(usize, usize)], direction: Direction) -> Option<(usize, usize)> {
    let at = |(row, column): (usize, usize)| &table.rows[row][column];
    let known = group
        .iter()
        .filter_map(|place| Some((*place, mean(at(*place))?)));
    let known: Vec<((usize, usize), f64)> = known.collect();
    let is_ahead = |one: f64, other: f64| match direction {
        Direction::Higher => one > other,
        Direction::Lower => one < other,
    };
    let all = known.iter().copied();
    let (place, top) = all.reduce(|best, other| match is_ahead(other.1, best.1) {
        true => other,
        false => best,
    })?;
    let shown = |place| {
        let shown = crate::words::value(at(place));
        shown.split(' ').next().unwrap_or_default().to_owned()
    };
    let like = known
        .iter()
        .filter(|(other, value)| *value == top || shown(*other) == shown(place));
    (known.len() > 1 && like.count() == 1).then_some(place)
}

/// The number that a value is compared by.
fn mean(value: &Value) -> Option<f64> {
    match value {
        Value::Mean { estimate, .. } => Some(estimate.mean),
        Value::Steps { arrival, .. } if arrival.arrived == arrival.runs => Some(arrival.steps.mean),
        Value::Strong(inner) | Value::Linked(inner, _) => mean(inner),
        _ => None,
    }
}
