use crate::document::{Document, flatten, table_of};
use crate::error::{Span, StudyError};
use crate::grid_axis::GridAxis;
use crate::keys::Vocabulary;
use crate::suggest::suggest;
use crate::value::{Value, plain};
use crate::variants::Variants;
use freezing_policy::Policy;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeValue;

/// Reads `[axes]`.
pub(crate) fn axes(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
    variants: &mut Variants,
    vocabulary: &Vocabulary,
) -> Result<Vec<GridAxis>, StudyError> {
    let mut axes = Vec::new();
    for (key, at, value) in flatten(table_of(document, value)?) {
        let own = variants.take(&key);
        if own.is_none() {
            vocabulary.key(document, &key, at.clone())?;
        }
        let values = Value::read_list(document, value)?;
        if values.is_empty() {
            let what = format!("axis `{key}` is empty: the grid has no cell");
            return Err(document.spot(value.span(), what, "no values").into());
        }
        let mut before: BTreeMap<String, &Value> = BTreeMap::new();
        for value in &values {
            if own.is_none() {
                vocabulary.value(document, &key, value)?;
            }
            let same = before.insert(plain(&value.text), value);
            let same = same.or_else(|| {
                before.values().copied().find(|other| {
                    let is_other = other.text != value.text;
                    key == "policy" && is_other && train_the_same(&other.text, &value.text)
                })
            });
            if let Some(other) = same {
                let what = match other.text == value.text {
                    true => format!(
                        "two cells are the same: `{}` stands twice on `{key}`",
                        value.text
                    ),
                    false => format!(
                        "two cells are the same: `{}` and `{}` on `{key}`",
                        other.text, value.text
                    ),
                };
                return Err(document.spot(value.at.clone(), what, "the second").into());
            }
        }
        let variants = match own {
            None => Vec::new(),
            Some(own) => own.on(document, &values)?,
        };
        axes.push(GridAxis {
            key,
            at,
            values,
            variants,
        });
    }
    if axes.is_empty() {
        return Err(document
            .spot(value.span(), "a study varies at least one key", "no axis")
            .into());
    }
    variants.are_all_taken(document, &axes)?;
    Ok(axes)
}

/// Whether two policies say the same in other words.
fn train_the_same(one: &str, other: &str) -> bool {
    let policy = |text: &str| text.parse::<Policy>().ok();
    let are_one = |(one, other): (Policy, Policy)| one.trains_as(&other);
    policy(one).zip(policy(other)).is_some_and(are_one)
}

/// The axis of that name.
pub(crate) fn axis<'a>(
    document: &Document,
    axes: &'a [GridAxis],
    key: &str,
    at: Span,
) -> Result<&'a GridAxis, StudyError> {
    axes.iter().find(|axis| axis.key == key).ok_or_else(|| {
        let help = suggest(key, axes.iter().map(|axis| axis.key.as_str()));
        document
            .spot(at, format!("`{key}` is not an axis"), "no such axis")
            .help(Some(help))
            .into()
    })
}

/// The value as the axis has it. Refuses one that it does not have.
pub(crate) fn on_axis(
    document: &Document,
    axis: &GridAxis,
    text: &str,
    at: Span,
    what: &str,
) -> Result<String, StudyError> {
    if let Some(own) = axis.value(text) {
        return Ok(own.text.clone());
    }
    let help = suggest(text, axis.values.iter().map(|value| value.text.as_str()));
    let what = format!("{what}: axis `{}` has no `{text}`", axis.key);
    Err(document
        .spot(at, what, "not on the axis")
        .help(Some(help))
        .into())
}
