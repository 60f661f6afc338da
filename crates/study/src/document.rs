use crate::error::{Span, Spot, StudyError};
use crate::suggest::suggest;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Write;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A TOML file of ours: its text stays at hand, so that mistakes can be shown where they are.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file's stem.
    pub name: String,
    /// The path as shown to the user.
    pub path: String,
    pub text: String,
}

impl Document {
    /// A mistake at `at`: `what` is the sentence, `label` what is written under the spot.
    pub(crate) fn spot(&self, at: Span, what: impl Into<String>, label: impl Into<String>) -> Spot {
        Spot::new(&self.path, &self.text, at, what.into(), label.into())
    }

    /// A mistake that is known by its sentence alone: shown where the words stand that it has in `…`, as far as they do.
    pub(crate) fn mistake(&self, what: impl Into<String>) -> Spot {
        let what = what.into();
        match self.place_of(&what) {
            Some(at) => self.spot(at, what, "here"),
            None => self.spot(0..0, what, "in this file"),
        }
    }

    /// Where the words of a sentence stand that it has in `…`: each, if it can be, inside the one before.
    pub(crate) fn place_of(&self, what: &str) -> Option<Span> {
        let table = self.table().ok()?;
        let (mut found, mut scope) = (None, Vec::from_iter(&table));
        for word in what.split('`').skip(1).step_by(2) {
            if let Some((at, inside)) = find(&scope, word) {
                found = Some(at);
                if let Some(inside) = inside {
                    scope = Vec::from_iter(inside);
                }
            }
        }
        found
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

    /// Refuses a name that is not `known`.
    pub(crate) fn known(
        &self,
        name: &Spanned<String>,
        known: &[impl AsRef<str>],
        kind: &str,
    ) -> Result<(), StudyError> {
        let mut all = known.iter().map(AsRef::as_ref);
        if all.clone().any(|other| other == name.get_ref()) {
            return Ok(());
        }
        let help = suggest(name.get_ref(), all.by_ref());
        let what = format!("unknown {kind} `{}`", name.get_ref());
        let spot = self.spot(name.span(), what, "not known");
        Err(spot.help(Some(help)).into())
    }

    fn broken(&self, error: &toml::de::Error) -> StudyError {
        let at = error.span().unwrap_or(0..0);
        let mut what = format!("cannot read {}", self.path);
        // serde's messages are long: they fit the sentence, not the label.
        let _ = write!(what, ": {}", files::plain(error.message()));
        let help = quotes(&self.text, at.start);
        self.spot(at, what, "here").help(help).into()
    }
}

type Entry<'t, 'i> = (&'t Spanned<Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

/// The first key or text among entries, and in what is inside of them; and the table behind such a key.
fn find<'t, 'i>(entries: &[Entry<'t, 'i>], word: &str) -> Option<(Span, Option<&'t DeTable<'i>>)> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|(key, _)| key.span().start);
    let here = entries.iter().find(|(key, value)| {
        key.get_ref() == word || value.get_ref().as_str().is_some_and(|text| text == word)
    });
    if let Some((key, value)) = here {
        let inside = value.get_ref().as_table();
        let at = match inside {
            Some(_) => key.span(),
            None => value.span(),
        };
        return Some((at, inside));
    }
    let tables = entries.iter().flat_map(|(_, value)| match value.get_ref() {
        DeValue::Array(all) => all
            .iter()
            .filter_map(|one| one.get_ref().as_table())
            .collect(),
        one => Vec::from_iter(one.as_table()),
    });
    tables
        .into_iter()
        .find_map(|table| find(&Vec::from_iter(table), word))
}

/// The quotes that the line of a mistake lacks: around a key that reaches into `task` or `body`, which
/// is a table where it has none, or around a value.
fn quotes(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next()?;
    let (key, value) = line.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let bare = value.split('#').next().unwrap_or(value).trim_end();
    let is_text = bare.starts_with(|first: char| first.is_alphabetic() || "/.~_".contains(first));
    if is_text && !bare.contains('"') && !["true", "false", "inf", "nan"].contains(&bare) {
        return Some(format!("text stands in quotes: `{key} = \"{bare}\"`"));
    }
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let is_dotted = |(dotted, _): &(&str, &str)| match key.split_once('.') {
        Some(_) => dotted.trim() == key,
        None => dotted.trim_start().starts_with(&format!("{key}.")),
    };
    let (dotted, value) = lines.find(is_dotted)?;
    let (dotted, value) = (dotted.trim(), value.trim());
    let (outer, _) = dotted.split_once('.')?;
    let mut others = text.lines().filter_map(|line| line.split_once('='));
    others.find(|(key, _)| key.trim() == outer)?;
    Some(format!("beside `{outer}`, write `\"{dotted}\" = {value}`"))
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

/// The value of a key that has to be there.
pub(crate) fn required<'t, 'i>(
    document: &Document,
    table: &'t DeTable<'i>,
    key: &str,
) -> Result<&'t Spanned<DeValue<'i>>, StudyError> {
    table.get(key).ok_or_else(|| {
        let first = in_file_order(table)
            .next()
            .map_or(0..0, |(key, _)| key.span());
        document
            .spot(
                first,
                format!("`{key}` is missing"),
                format!("expected `{key}`"),
            )
            .into()
    })
}

/// A string and where it stands.
pub(crate) fn text(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
) -> Result<(String, Span), StudyError> {
    match value.get_ref().as_str() {
        Some(text) => Ok((text.to_owned(), value.span())),
        None => {
            let what = format!("expected text, found {}", value.get_ref().type_str());
            Err(document.spot(value.span(), what, "not text").into())
        }
    }
}

/// Text that says something.
pub(crate) fn sentence(
    document: &Document,
    value: &Spanned<DeValue<'_>>,
) -> Result<(String, Span), StudyError> {
    let (says, at) = text(document, value)?;
    match says.trim().is_empty() {
        true => {
            let what = "a sentence is expected, which tables and pages show";
            Err(document.spot(at, what, "says nothing").into())
        }
        false => Ok((says, at)),
    }
}

/// A table.
pub(crate) fn table_of<'t, 'i>(
    document: &Document,
    value: &'t Spanned<DeValue<'i>>,
) -> Result<&'t DeTable<'i>, StudyError> {
    value.get_ref().as_table().ok_or_else(|| {
        let what = format!("expected a table, found {}", value.get_ref().type_str());
        document.spot(value.span(), what, "not a table").into()
    })
}

/// Keys and values of a table, `body.n_layer` and the like written either way.
pub(crate) fn flatten<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(String, Span, &'t Spanned<DeValue<'i>>)> {
    let mut flat = Vec::new();
    for (key, value) in in_file_order(table) {
        match value.get_ref().as_table() {
            Some(inner) => flat.extend(in_file_order(inner).map(|(field, value)| {
                (
                    format!("{}.{}", key.get_ref(), field.get_ref()),
                    field.span(),
                    value,
                )
            })),
            None => flat.push((key.get_ref().to_string(), key.span(), value)),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_shown_where_its_words_stand() {
        let text = "a = 1\n[recipe]\nsteps = 0\n[body.gpt2]\nn_layr = 3\n[body.bert]\nn_layr = 4\nkind = \"gtp2\"\n";
        let document = Document {
            name: "q".to_owned(),
            path: "q.toml".to_owned(),
            text: text.to_owned(),
        };
        let place = |what: &str| document.place_of(what).map(|at| text[at].to_owned());
        let cases = [
            ("`steps` of the recipe is too few", Some("0")),
            ("not a `bert` body: no field `n_layr`", Some("4")),
            ("not a `gpt2` body: no field `n_layr`", Some("3")),
            ("there is no `gtp2` body", Some("\"gtp2\"")),
            ("`recipe` lacks `batch-size`", Some("recipe")),
            ("nothing in it has `a name` here", None),
        ];
        for (what, expected) in cases {
            assert_eq!(place(what).as_deref(), expected, "{what}");
        }
    }
}
