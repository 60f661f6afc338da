use crate::axes::{axis, on_axis};
use crate::document::{Document, flatten, table_of};
use crate::error::StudyError;
use crate::grid_axis::GridAxis;
use crate::value::Value;
use evidence::Choice;
use toml::Spanned;
use toml::de::DeValue;

/// Reads a table of axes and values.
pub(crate) fn place(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
) -> Result<Choice, StudyError> {
    let mut place = Vec::new();
    for (key, at, value) in flatten(table_of(document, value)?) {
        let axis = axis(document, axes, &key, at)?;
        let value = Value::read(document, value)?;
        let own = on_axis(document, axis, &value.text, value.at, "no such cell")?;
        place.push((key, own));
    }
    Ok(place)
}
