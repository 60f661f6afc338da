//! The part of a study that says how its answer is laid out and what the paper claims.

use crate::axes::{GridAxis, axis, on_axis};
use crate::document::{Document, flatten, required, table_of, text};
use crate::error::StudyError;
use crate::value::Value;
use evidence::{Choice, Claim, MEASURES, TEST_ACCURACY, TableSpec};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads `[table]`.
pub(crate) fn table_spec(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
) -> Result<TableSpec, StudyError> {
    let table = table_of(document, value)?;
    document.only(table, &["rows", "columns", "reference"])?;
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
    Ok(TableSpec {
        rows,
        columns,
        reference,
        measure: &TEST_ACCURACY,
    })
}

/// Reads `[[claim]]`.
pub(crate) fn claims(
    document: &Document,
    value: Option<&Spanned<DeValue<'_>>>,
    axes: &[GridAxis],
    spec: &TableSpec,
) -> Result<Vec<Claim>, StudyError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let Some(entries) = value.get_ref().as_array() else {
        return Err(document
            .spot(value.span(), "a claim is written `[[claim]]`", "here")
            .into());
    };
    entries
        .iter()
        .map(|entry| claim(document, entry, axes, spec))
        .collect()
}

fn claim(
    document: &Document,
    entry: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
    spec: &TableSpec,
) -> Result<Claim, StudyError> {
    let table = table_of(document, entry)?;
    let forms = MEASURES.iter().map(|measure| measure.claim);
    let further = MEASURES.iter().filter_map(|measure| measure.key());
    let keys: Vec<&str> = ["says", "where"]
        .into_iter()
        .chain(forms.clone())
        .chain(further)
        .collect();
    document.only(table, &keys)?;
    let (says, says_at) = text(document, required(document, table, "says")?)?;
    let place = match table.get("where") {
        None => Vec::new(),
        Some(value) => place(document, value, axes)?,
    };
    let fixed = |axis: &&GridAxis| place.iter().any(|(key, _)| *key == axis.key);
    if let Some(open) = axes
        .iter()
        .find(|axis| axis.key != spec.rows && !fixed(axis))
    {
        let what = format!(
            "the claim leaves axis `{}` open: name its value in `where`",
            open.key
        );
        return Err(document.spot(says_at, what, "speaks of no one cell").into());
    }
    let rows = axis(document, axes, &spec.rows, says_at.clone())?;
    let mut said = MEASURES
        .iter()
        .filter_map(|measure| Some((*measure, table.get(measure.claim)?)));
    let (Some((measure, compared)), None) = (said.next(), said.next()) else {
        let forms: Vec<String> = forms.map(|form| format!("`{form}`")).collect();
        let what = format!("a claim has either {}", forms.join(" or "));
        return Err(document.spot(says_at, what, "this claim").into());
    };
    let (first, second) = pair(document, compared, rows)?;
    let at = measure.key().map(|key| accuracy(document, table, key));
    Ok(Claim {
        says,
        place,
        first,
        second,
        measure,
        at: at.transpose()?,
    })
}

fn place(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
) -> Result<Choice, StudyError> {
    let mut place = Vec::new();
    for (key, at, value) in flatten(table_of(document, value)?) {
        let axis = axis(document, axes, &key, at)?;
        let value = Value::read(document, value)?;
        on_axis(document, axis, &value.text, value.at, "no such cell")?;
        place.push((key, value.text));
    }
    Ok(place)
}

fn pair(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
    rows: &GridAxis,
) -> Result<(String, String), StudyError> {
    let mut values = Value::read_list(document, value)?;
    for value in &values {
        on_axis(
            document,
            rows,
            &value.text,
            value.at.clone(),
            "no such cell",
        )?;
    }
    match (values.pop(), values.pop(), values.is_empty()) {
        (Some(second), Some(first), true) => Ok((first.text, second.text)),
        _ => {
            let what = format!(
                "a claim compares two values of the rows axis `{}`",
                rows.key
            );
            Err(document.spot(value.span(), what, "expected two").into())
        }
    }
}

fn accuracy(document: &Document, table: &DeTable<'_>, key: &str) -> Result<f64, StudyError> {
    let value = Value::read(document, required(document, table, key)?)?;
    let number = match value.value {
        toml::Value::Float(number) => Some(number),
        toml::Value::Integer(number) => Some(number as f64),
        _ => None,
    };
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| {
            let what = format!("`{key}` is an accuracy between 0 and 1");
            document
                .spot(value.at.clone(), what, "not an accuracy")
                .into()
        })
}
