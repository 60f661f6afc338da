//! Checks of a config's fields before anything is allocated.

use crate::error::BackboneError;

/// Most that a config may ask for: beyond what fits in memory, below what overflows.
pub(crate) const MOST_LAYERS: usize = 1 << 10;
pub(crate) const MOST_WIDTH: usize = 1 << 14;
pub(crate) const MOST_INNER: usize = 1 << 17;
pub(crate) const MOST_ROWS: usize = 1 << 20;

pub(crate) fn size(field: &'static str, value: usize, most: usize) -> Result<(), BackboneError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    let expected = "a size from 1 to what fits in memory";
    Err(wrong(field, value, expected))
}

pub(crate) fn heads(field: &'static str, heads: usize, width: usize) -> Result<(), BackboneError> {
    if heads > 0 && width.is_multiple_of(heads) {
        return Ok(());
    }
    let value = format!("{heads} at width {width}");
    Err(wrong(field, value, "a divisor of the width"))
}

pub(crate) fn real(field: &'static str, value: f64) -> Result<(), BackboneError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(wrong(field, value, "a number that is not negative"))
}

pub(crate) fn wrong(
    field: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> BackboneError {
    BackboneError::Config {
        field,
        value: value.to_string(),
        expected,
    }
}
