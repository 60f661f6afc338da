use crate::claims;
use crate::error::{StudyError, suggest};
use crate::keys::Vocabulary;
use crate::question::{Axis, Question};
use crate::rule::Rule;
use crate::source::{Source, Span, in_file_order};
use crate::value::{Settings, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The folder of a profile's results in which no study has its tables.
const JOBS: &str = "jobs";

/// A study file, read and checked: the question, and the grid that answers it.
#[derive(Clone, Debug)]
pub(crate) struct Study {
    pub source: Source,
    pub question: Question,
    /// What every job has unless an axis changes it.
    pub job: Settings,
    /// In file order.
    pub axes: Vec<GridAxis>,
    /// In file order.
    pub rules: Vec<Rule>,
}

/// An axis with the places where its values stand.
#[derive(Clone, Debug)]
pub(crate) struct GridAxis {
    pub key: String,
    pub at: Span,
    pub values: Vec<Value>,
}

impl Study {
    /// # Errors
    /// At the place of the first mistake.
    pub fn parse(source: Source, vocabulary: &Vocabulary) -> Result<Self, StudyError> {
        if source.name == JOBS {
            let what =
                format!("no study can be called `{JOBS}`: its tables would lie among the jobs");
            return Err(source.spot(0..0, what, "call this file otherwise").into());
        }
        let table = source.table()?;
        source.only(
            &table,
            &["question", "paper", "job", "axes", "when", "table", "claim"],
        )?;
        let question = required(&source, &table, "question")?;
        let question = text(&source, question)?.0;
        let paper = table
            .get("paper")
            .map(|paper| text(&source, paper))
            .transpose()?;
        let job = match table.get("job") {
            None => Settings::new(),
            Some(job) => settings(&source, job, vocabulary)?,
        };
        let axes = axes(&source, required(&source, &table, "axes")?, vocabulary)?;
        let rules = Rule::read_all(&source, table.get("when"), &axes, &job, vocabulary)?;
        let layout = required(&source, &table, "table")?;
        let layout = claims::layout(&source, layout, &axes)?;
        let claims = claims::claims(&source, table.get("claim"), &axes, &layout)?;
        let question = Question {
            name: source.name.clone(),
            question,
            paper: paper.map(|(paper, _)| paper),
            axes: axes.iter().map(GridAxis::plain).collect(),
            table: layout,
            claims,
            protocols: Vec::new(),
            chooses: false,
        };
        drop(table);
        Ok(Self {
            source,
            question,
            job,
            axes,
            rules,
        })
    }
}

impl GridAxis {
    fn plain(&self) -> Axis {
        let values = self.values.iter().map(|value| value.text.clone()).collect();
        Axis {
            key: self.key.clone(),
            values,
        }
    }
}

/// The value of a key that has to be there.
pub(crate) fn required<'t, 'i>(
    source: &Source,
    table: &'t DeTable<'i>,
    key: &str,
) -> Result<&'t Spanned<DeValue<'i>>, StudyError> {
    table.get(key).ok_or_else(|| {
        let first = in_file_order(table)
            .next()
            .map_or(0..0, |(key, _)| key.span());
        source
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
    source: &Source,
    value: &Spanned<DeValue<'_>>,
) -> Result<(String, Span), StudyError> {
    match value.get_ref().as_str() {
        Some(text) => Ok((text.to_owned(), value.span())),
        None => {
            let what = format!("expected text, found {}", value.get_ref().type_str());
            Err(source.spot(value.span(), what, "not text").into())
        }
    }
}

/// A table.
pub(crate) fn table_of<'t, 'i>(
    source: &Source,
    value: &'t Spanned<DeValue<'i>>,
) -> Result<&'t DeTable<'i>, StudyError> {
    value.get_ref().as_table().ok_or_else(|| {
        let what = format!("expected a table, found {}", value.get_ref().type_str());
        source.spot(value.span(), what, "not a table").into()
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

/// One value per key, each checked.
pub(crate) fn settings(
    source: &Source,
    value: &Spanned<DeValue<'_>>,
    vocabulary: &Vocabulary,
) -> Result<Settings, StudyError> {
    let mut settings = Settings::new();
    for (key, at, value) in flatten(table_of(source, value)?) {
        vocabulary.key(source, &key, at)?;
        let value = Value::read(source, value)?;
        vocabulary.value(source, &key, &value)?;
        settings.insert(key, value);
    }
    Ok(settings)
}

fn axes(
    source: &Source,
    value: &Spanned<DeValue<'_>>,
    vocabulary: &Vocabulary,
) -> Result<Vec<GridAxis>, StudyError> {
    let mut axes = Vec::new();
    for (key, at, value) in flatten(table_of(source, value)?) {
        vocabulary.key(source, &key, at.clone())?;
        let values = Value::read_list(source, value)?;
        if values.is_empty() {
            let what = format!("axis `{key}` is empty: the grid has no cell");
            return Err(source.spot(value.span(), what, "no values").into());
        }
        for (index, value) in values.iter().enumerate() {
            vocabulary.value(source, &key, value)?;
            if values[..index].iter().any(|other| other.text == value.text) {
                let what = format!(
                    "two cells are the same: `{}` stands twice on `{key}`",
                    value.text
                );
                return Err(source.spot(value.at.clone(), what, "the second").into());
            }
        }
        axes.push(GridAxis { key, at, values });
    }
    if axes.is_empty() {
        return Err(source
            .spot(value.span(), "a study varies at least one key", "no axis")
            .into());
    }
    Ok(axes)
}

/// The axis of that name.
pub(crate) fn axis<'a>(
    source: &Source,
    axes: &'a [GridAxis],
    key: &str,
    at: Span,
) -> Result<&'a GridAxis, StudyError> {
    axes.iter().find(|axis| axis.key == key).ok_or_else(|| {
        let help = suggest(key, axes.iter().map(|axis| axis.key.as_str()));
        source
            .spot(at, format!("`{key}` is not an axis"), "no such axis")
            .help(Some(help))
            .into()
    })
}

/// Refuses a value that the axis does not have.
pub(crate) fn on_axis(
    source: &Source,
    axis: &GridAxis,
    text: &str,
    at: Span,
    what: &str,
) -> Result<(), StudyError> {
    if axis.values.iter().any(|value| value.text == text) {
        return Ok(());
    }
    let help = suggest(text, axis.values.iter().map(|value| value.text.as_str()));
    let what = format!("{what}: axis `{}` has no `{text}`", axis.key);
    Err(source
        .spot(at, what, "not on the axis")
        .help(Some(help))
        .into())
}
