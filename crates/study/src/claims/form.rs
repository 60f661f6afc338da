//! How a claim is written: the keys that say which comparison it is.

use crate::document::{Document, in_file_order};
use crate::error::{Span, StudyError};
use crate::suggest::suggest;
use evidence::{Direction, MEASURES, Measure};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is claimed of the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The first is ahead of the second.
    Ahead,
    /// Ahead grows from cell to cell: the slope of a line through them, in order.
    Ordered,
    /// The two are no further apart than a margin.
    Equal,
    /// What the measure says of one cell is no further from nothing than a margin.
    Zero,
}

/// A key that says the form, with the direction that it is for and an example.
struct Key {
    name: &'static str,
    form: Comparison,
    direction: Option<Direction>,
    /// The measure where the claim says none.
    measure: &'static str,
}

const KEYS: [Key; 6] = [
    Key {
        name: "greater",
        form: Comparison::Ahead,
        direction: Some(Direction::Higher),
        measure: "test_accuracy",
    },
    Key {
        name: "less",
        form: Comparison::Ahead,
        direction: Some(Direction::Lower),
        measure: "test_loss",
    },
    Key {
        name: "sooner",
        form: Comparison::Ahead,
        direction: Some(Direction::Lower),
        measure: "steps_to_accuracy",
    },
    Key {
        name: "ordered",
        form: Comparison::Ordered,
        direction: None,
        measure: "test_accuracy",
    },
    Key {
        name: "equal",
        form: Comparison::Equal,
        direction: None,
        measure: "test_accuracy",
    },
    Key {
        name: "zero",
        form: Comparison::Zero,
        direction: None,
        measure: "above_floor",
    },
];

/// The form of a claim, its measure, and what stands under the form's key.
pub(super) fn form<'t, 'i>(
    document: &Document,
    table: &'t DeTable<'i>,
    claim: Span,
) -> Result<(Comparison, &'static Measure, &'t Spanned<DeValue<'i>>), StudyError> {
    let mut said = KEYS
        .iter()
        .filter_map(|key| Some((key, table.get(key.name)?)));
    let (Some((key, value)), None) = (said.next(), said.next()) else {
        let what = "a claim has one of `greater`, `less`, `sooner`, `ordered`, `equal` and `zero`";
        let help = "the shortest: greater = [\"text\", \"random\"]".to_owned();
        let spot = document.spot(claim, what, "this claim");
        return Err(spot.help(Some(help)).into());
    };
    let measure = measure(document, table, key)?;
    if let Some(direction) = key.direction
        && direction != measure.direction
    {
        let other = match measure.direction {
            Direction::Higher => "greater",
            Direction::Lower => "less",
        };
        let at = key_at(table, key.name);
        let what = format!(
            "of `{}`, {} values are ahead: a claim says `{other}`",
            measure.name,
            match measure.direction {
                Direction::Higher => "higher",
                Direction::Lower => "lower",
            }
        );
        return Err(document.spot(at, what, format!("write `{other}`")).into());
    }
    Ok((key.form, measure, value))
}

fn measure(
    document: &Document,
    table: &DeTable<'_>,
    key: &Key,
) -> Result<&'static Measure, StudyError> {
    let (name, at) = match table.get("measure") {
        None => (key.measure.to_owned(), 0..0),
        Some(value) => crate::document::text(document, value)?,
    };
    let measure = named(document, &name, at.clone())?;
    if key.form == Comparison::Zero && measure.size.is_empty() {
        let what = format!("`zero` is of a measure that may be 0, and `{name}` is none");
        let known = MEASURES.iter().filter(|measure| !measure.size.is_empty());
        let known: Vec<String> = known
            .map(|measure| measure.name.replace('_', "-"))
            .collect();
        let spot = document.spot(at, what, "another measure");
        return Err(spot
            .help(Some(format!("such are {}", known.join(" and "))))
            .into());
    }
    if key.name == "sooner" && measure.key().is_none() {
        let what = format!("`sooner` is of steps, and `{name}` is none: say `less`");
        return Err(document.spot(at, what, "another measure").into());
    }
    Ok(measure)
}

/// The measure of that name.
pub(crate) fn named(
    document: &Document,
    name: &str,
    at: Span,
) -> Result<&'static Measure, StudyError> {
    let written = name.replace('-', "_");
    match MEASURES.iter().find(|measure| measure.name == written) {
        Some(measure) => Ok(*measure),
        None => {
            let known: Vec<String> = MEASURES
                .iter()
                .map(|measure| measure.name.replace('_', "-"))
                .collect();
            let help = suggest(&name.replace('_', "-"), known.iter().map(String::as_str));
            let what = format!("there is no measure `{name}`");
            let spot = document.spot(at, what, "unknown measure");
            Err(spot.help(Some(help)).into())
        }
    }
}

/// Where a key stands.
pub(super) fn key_at(table: &DeTable<'_>, name: &str) -> Span {
    let mut entries = in_file_order(table);
    let found = entries.find(|(key, _)| key.get_ref().as_ref() == name);
    found.map_or(0..0, |(key, _)| key.span())
}
