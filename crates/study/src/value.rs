use crate::document::Document;
use crate::error::{Span, StudyError};
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeValue;

/// A setting as written in a study, with the place where it stands.
#[derive(Clone, Debug)]
pub struct Value {
    /// As the user wrote it: what tables and parquet show.
    pub text: String,
    pub value: toml::Value,
    pub at: Span,
}

/// Settings of a cell by key (`task`, `learning-rate`, `body.n_layer`, …).
pub type Settings = BTreeMap<String, Value>;

/// Whether two texts say the same value: numbers are compared as such, `0.001` with `1e-3`.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one == other || plain(one) == plain(other)
}

/// A value in words that all that say the same have in common.
pub(crate) fn plain(text: &str) -> String {
    let number = text.replace('_', "").parse::<f64>().ok();
    let number = number.filter(|number| number.is_finite());
    // There is one zero.
    number.map_or_else(|| text.to_owned(), |number| format!("{:e}", number + 0.0))
}

impl Value {
    /// The number that it is, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self.value {
            toml::Value::Float(number) => Some(number),
            toml::Value::Integer(number) => Some(number as f64),
            _ => None,
        }
    }

    /// Reads a string, a number or a boolean.
    pub(crate) fn read(
        document: &Document,
        spanned: &Spanned<DeValue<'_>>,
    ) -> Result<Self, StudyError> {
        let at = spanned.span();
        let (text, value) = match spanned.get_ref() {
            DeValue::String(text) => (text.to_string(), toml::Value::String(text.to_string())),
            DeValue::Boolean(on) => (on.to_string(), toml::Value::Boolean(*on)),
            DeValue::Integer(integer) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix());
                let number =
                    number.map_err(|_| document.spot(at.clone(), "number too large", "here"))?;
                (integer.to_string(), toml::Value::Integer(number))
            }
            DeValue::Float(float) => {
                let number = float.as_str().parse::<f64>();
                let number =
                    number.map_err(|_| document.spot(at.clone(), "not a number", "here"))?;
                (
                    document.text[at.clone()].to_owned(),
                    toml::Value::Float(number),
                )
            }
            other => {
                let what = format!("expected a name or a number, found {}", other.type_str());
                return Err(document.spot(at, what, "cannot be a value").into());
            }
        };
        Ok(Self { text, value, at })
    }

    /// One value, or each of a list.
    pub(crate) fn read_list(
        document: &Document,
        spanned: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<Self>, StudyError> {
        match spanned.get_ref() {
            DeValue::Array(array) => array
                .iter()
                .map(|item| Self::read(document, item))
                .collect(),
            _ => Ok(vec![Self::read(document, spanned)?]),
        }
    }
}
