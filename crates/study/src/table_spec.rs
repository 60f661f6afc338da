//! `[table]`: how a study's answer is laid out.

use crate::axes::axis;
use crate::claims::{named, place};
use crate::document::{Document, required, table_of, text};
use crate::error::StudyError;
use crate::grid_axis::GridAxis;
use crate::reference::TABLE;
use evidence::{TEST_ACCURACY, TableSpec};
use toml::Spanned;
use toml::de::DeValue;

/// Reads `[table]`.
pub(crate) fn table_spec(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
) -> Result<TableSpec, StudyError> {
    let table = table_of(document, value)?;
    document.only(table, &TABLE.names())?;
    let (rows, at) = text(document, required(document, table, "rows")?)?;
    axis(document, axes, &rows, at)?;
    let (columns, at) = text(document, required(document, table, "columns")?)?;
    axis(document, axes, &columns, at.clone())?;
    if rows == columns {
        return Err(document
            .spot(at, "rows and columns are the same axis", "as the rows")
            .into());
    }
    let reference = match table.get("reference") {
        None => None,
        Some(reference) => {
            let mut place = place(document, reference, axes)?;
            match (place.pop(), place.is_empty()) {
                (Some(only), true) if only.0 == rows => Some(only),
                _ => {
                    let what = format!("the reference is one value of the rows axis `{rows}`");
                    return Err(document.spot(reference.span(), what, "expected one").into());
                }
            }
        }
    };
    let measure = match table.get("measure") {
        None => &TEST_ACCURACY,
        Some(value) => {
            let (name, at) = text(document, value)?;
            let measure = named(document, &name, at.clone())?;
            if let Some(key) = measure.key() {
                let what =
                    format!("`{name}` is read `{key}` some accuracy: a table has no room for that");
                let help = "steps stand under every table; a claim says `sooner`".to_owned();
                let spot = document.spot(at, what, "not a table's");
                return Err(spot.help(Some(help)).into());
            }
            measure
        }
    };
    Ok(TableSpec {
        rows,
        columns,
        reference,
        measure,
    })
}
