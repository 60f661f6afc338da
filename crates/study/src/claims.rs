//! The part of a study that says how its answer is laid out and what the paper claims.

use crate::error::StudyError;
use crate::question::{Claim, Comparison, TableSpec};
use crate::source::Source;
use crate::study::{GridAxis, axis, flatten, on_axis, required, table_of, text};
use crate::value::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads `[table]`.
pub(crate) fn layout(
    source: &Source,
    value: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
) -> Result<TableSpec, StudyError> {
    let table = table_of(source, value)?;
    source.only(table, &["rows", "columns", "reference"])?;
    let (rows, at) = text(source, required(source, table, "rows")?)?;
    axis(source, axes, &rows, at)?;
    let (columns, at) = text(source, required(source, table, "columns")?)?;
    axis(source, axes, &columns, at.clone())?;
    if rows == columns {
        return Err(source
            .spot(at, "rows and columns are the same axis", "as the rows")
            .into());
    }
    let reference = match table.get("reference") {
        None => None,
        Some(reference) => {
            let mut place = place(source, reference, axes)?;
            match (place.pop(), place.is_empty()) {
                (Some(only), true) if only.0 == rows => Some(only),
                _ => {
                    let what = format!("the reference is one value of the rows axis `{rows}`");
                    return Err(source.spot(reference.span(), what, "expected one").into());
                }
            }
        }
    };
    Ok(TableSpec {
        rows,
        columns,
        reference,
    })
}

/// Reads `[[claim]]`.
pub(crate) fn claims(
    source: &Source,
    value: Option<&Spanned<DeValue<'_>>>,
    axes: &[GridAxis],
    layout: &TableSpec,
) -> Result<Vec<Claim>, StudyError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let Some(entries) = value.get_ref().as_array() else {
        return Err(source
            .spot(value.span(), "a claim is written `[[claim]]`", "here")
            .into());
    };
    entries
        .iter()
        .map(|entry| claim(source, entry, axes, layout))
        .collect()
}

fn claim(
    source: &Source,
    entry: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
    layout: &TableSpec,
) -> Result<Claim, StudyError> {
    let table = table_of(source, entry)?;
    source.only(table, &["says", "where", "greater", "sooner", "at"])?;
    let (says, says_at) = text(source, required(source, table, "says")?)?;
    let place = match table.get("where") {
        None => Vec::new(),
        Some(value) => place(source, value, axes)?,
    };
    let fixed = |axis: &&GridAxis| place.iter().any(|(key, _)| *key == axis.key);
    if let Some(open) = axes
        .iter()
        .find(|axis| axis.key != layout.rows && !fixed(axis))
    {
        let what = format!(
            "the claim leaves axis `{}` open: name its value in `where`",
            open.key
        );
        return Err(source.spot(says_at, what, "speaks of no one cell").into());
    }
    let rows = axis(source, axes, &layout.rows, says_at.clone())?;
    let comparison = match (table.get("greater"), table.get("sooner")) {
        (Some(greater), None) => {
            let (first, second) = pair(source, greater, rows)?;
            Comparison::Greater(first, second)
        }
        (None, Some(sooner)) => {
            let (first, second) = pair(source, sooner, rows)?;
            Comparison::Sooner {
                first,
                second,
                at: accuracy(source, table)?,
            }
        }
        _ => {
            let what = "a claim has either `greater` or `sooner`";
            return Err(source.spot(says_at, what, "this claim").into());
        }
    };
    Ok(Claim {
        says,
        place,
        comparison,
    })
}

fn place(
    source: &Source,
    value: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
) -> Result<Vec<(String, String)>, StudyError> {
    let mut place = Vec::new();
    for (key, at, value) in flatten(table_of(source, value)?) {
        let axis = axis(source, axes, &key, at)?;
        let value = Value::read(source, value)?;
        on_axis(source, axis, &value.text, value.at, "no such cell")?;
        place.push((key, value.text));
    }
    Ok(place)
}

fn pair(
    source: &Source,
    value: &Spanned<DeValue<'_>>,
    rows: &GridAxis,
) -> Result<(String, String), StudyError> {
    let mut values = Value::read_list(source, value)?;
    for value in &values {
        on_axis(source, rows, &value.text, value.at.clone(), "no such cell")?;
    }
    match (values.pop(), values.pop(), values.is_empty()) {
        (Some(second), Some(first), true) => Ok((first.text, second.text)),
        _ => {
            let what = format!(
                "a claim compares two values of the rows axis `{}`",
                rows.key
            );
            Err(source.spot(value.span(), what, "expected two").into())
        }
    }
}

fn accuracy(source: &Source, table: &DeTable<'_>) -> Result<f64, StudyError> {
    let value = Value::read(source, required(source, table, "at")?)?;
    let number = match value.value {
        toml::Value::Float(number) => Some(number),
        toml::Value::Integer(number) => Some(number as f64),
        _ => None,
    };
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| {
            let what = "`at` is an accuracy between 0 and 1";
            source
                .spot(value.at.clone(), what, "not an accuracy")
                .into()
        })
}
