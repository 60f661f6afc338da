//! Rows by columns of a sheet.

use super::links::linked;
use crate::summary::Summary;
use crate::table::{Column, Value};
use evidence::Pooled;

/// Heads: of the rows' names, and one for each column of the sheet.
pub(super) fn columns(rows: &str, heads: impl IntoIterator<Item = String>) -> Vec<Column> {
    let heads = heads.into_iter().map(Column::right);
    [Column::left(rows)].into_iter().chain(heads).collect()
}

/// A row: its name, and a value for each cell that is planned, which links to the cell's record.
pub(super) fn line(
    summary: &Summary,
    row: &str,
    cells: &[Option<Pooled>],
    value: impl Fn(&Pooled) -> Value,
) -> Vec<Value> {
    let value = |cell: &Pooled| match value(cell) {
        Value::Absent => Value::Absent,
        value => linked(summary, &cell.axes, value),
    };
    let values = cells
        .iter()
        .map(|cell| cell.as_ref().map_or(Value::Absent, value));
    [Value::text(row)].into_iter().chain(values).collect()
}
