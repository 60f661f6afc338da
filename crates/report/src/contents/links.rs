//! From a value of a cell to the record with the cell's jobs.

use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::table::Value;
use evidence::Pooled;

/// The cells of a study with the keys of their records.
pub(super) fn keyed(summary: &Summary) -> impl Iterator<Item = (String, &Pooled)> {
    let cells = summary.sheets.iter().flat_map(Sheet::planned);
    let keyed = cells.enumerate();
    keyed.map(|(index, cell)| (key(index), cell))
}

fn key(index: usize) -> String {
    format!("cell-{}", index + 1)
}

/// A value of the cell at a place; as it is where no table has that place.
pub(super) fn linked(summary: &Summary, axes: &[(String, String)], value: Value) -> Value {
    let mut cells = summary.sheets.iter().flat_map(Sheet::planned);
    match cells.position(|cell| cell.axes == axes) {
        Some(index) => Value::Linked(Box::new(value), key(index)),
        None => value,
    }
}

/// The choices of a cell, the first of which links to its record.
pub(super) fn choice(summary: &Summary, axes: &[(String, String)]) -> Vec<Value> {
    let mut values: Vec<Value> = axes.iter().map(|(_, value)| Value::text(value)).collect();
    if let Some(first) = values.first_mut() {
        *first = linked(summary, axes, first.clone());
    }
    values
}
