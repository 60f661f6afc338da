use crate::error::{Spot, StudyError, suggest};
use serde::de::DeserializeOwned;
use std::fmt::Write;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Bytes `start..end` of a file.
pub type Span = Range<usize>;

/// A TOML file of ours: its text stays at hand, so that mistakes can be shown where they are.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's stem.
    pub name: String,
    /// The path as shown to the user.
    pub path: String,
    pub text: String,
}

impl Source {
    /// A mistake at `at`: `what` is the sentence, `label` what is written under the spot.
    pub(crate) fn spot(&self, at: Span, what: impl Into<String>, label: impl Into<String>) -> Spot {
        Spot::new(&self.path, &self.text, at, what.into(), label.into())
    }

    /// The document as a table with spans.
    pub(crate) fn table(&self) -> Result<DeTable<'_>, StudyError> {
        DeTable::parse(&self.text)
            .map(Spanned::into_inner)
            .map_err(|error| self.broken(&error))
    }

    /// The document as `T`.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, StudyError> {
        toml::from_str(&self.text).map_err(|error| self.broken(&error))
    }

    /// Refuses every key of `table` that is not `known`.
    pub(crate) fn only(&self, table: &DeTable<'_>, known: &[&str]) -> Result<(), StudyError> {
        match in_file_order(table).find(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let help = suggest(key.get_ref(), known.iter().copied());
                let what = format!("unknown key `{}`", key.get_ref());
                Err(self
                    .spot(key.span(), what, "not known here")
                    .help(Some(help))
                    .into())
            }
        }
    }

    fn broken(&self, error: &toml::de::Error) -> StudyError {
        let at = error.span().unwrap_or(0..0);
        let mut what = format!("cannot read {}", self.path);
        // serde's messages are long: they fit the sentence, not the label.
        let _ = write!(what, ": {}", error.message());
        self.spot(at, what, "here").into()
    }
}

/// The entries of a table in the order they were written.
pub(crate) fn in_file_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> impl Iterator<
    Item = (
        &'t Spanned<std::borrow::Cow<'i, str>>,
        &'t Spanned<DeValue<'i>>,
    ),
> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter()
}
