//! Which value of each column is the best, where a format makes it stand out.

use crate::table::{Role, Table, Value};
use evidence::Direction;

/// For each column the row whose mean is ahead, if several have one and no other is printed the same: of accuracies and other
/// measures by their direction, of steps the fewest that every run arrives in.
pub(super) fn best(table: &Table) -> Vec<Option<usize>> {
    let direction = match table.role {
        Role::Accuracies(direction) => direction,
        Role::Steps => Direction::Lower,
        _ => return vec![None; table.columns.len()],
    };
    // Tasks down the side are not held against each other.
    let is_of_tasks = table
        .columns
        .first()
        .is_some_and(|column| column.name == "task");
    if is_of_tasks {
        return vec![None; table.columns.len()];
    }
    let column = |index: usize| {
        let values = table.rows.iter().enumerate();
        let known = values.filter_map(|(row, values)| Some((row, mean(&values[index])?)));
        let known: Vec<(usize, f64)> = known.collect();
        let ahead = |one: f64, other: f64| match direction {
            Direction::Higher => one > other,
            Direction::Lower => one < other,
        };
        let (row, top) =
            known.iter().copied().reduce(
                |best, other| {
                    if ahead(other.1, best.1) { other } else { best }
                },
            )?;
        let shown = crate::words::value(&table.rows[row][index]);
        let shown = shown.split(' ').next().unwrap_or_default();
        let like = known.iter().filter(|(row, value)| {
            let other = crate::words::value(&table.rows[*row][index]);
            *value == top || other.split(' ').next() == Some(shown)
        });
        (known.len() > 1 && like.count() == 1).then_some(row)
    };
    (0..table.columns.len()).map(column).collect()
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
