//! `[[claim]]` as it is written, before the grid says which cells there are.

use super::form::{Comparison, form, key_at};
use super::operand::Operand;
use super::place::place;
use super::quoted::quoted;
use crate::axes::{axis, on_axis};
use crate::document::{Document, flatten, required, sentence, table_of};
use crate::error::{Span, StudyError};
use crate::grid_axis::GridAxis;
use crate::keys::Vocabulary;
use crate::reference::CLAIM;
use crate::suggest::suggest;
use crate::value::Value;
use evidence::{Choice, Direction, Measure, Quoted, TableSpec, Unit};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A claim, or one for each value of some axes.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub says: String,
    /// Where that stands.
    pub at: Span,
    /// Axes whose values it fixes.
    pub place: Choice,
    /// Axes of which each of these values is a claim of its own.
    pub each: Choices,
    /// Whether those are all values of their axes, whichever have cells.
    pub is_every: bool,
    /// Protocols under which it is asked, each a claim of its own; the study's where there are none.
    pub protocols: Vec<String>,
    pub form: Comparison,
    pub measure: &'static Measure,
    /// The accuracy that the measure asks for.
    pub accuracy: Option<f64>,
    pub sides: Vec<Operand>,
    /// In the measure's unit, as are margins.
    pub by: f64,
    /// What the claim says of it itself.
    pub margin: Option<f64>,
    pub paper: Option<Quoted>,
    pub critics: Option<Quoted>,
}

/// Reads `[[claim]]`.
pub(crate) fn drafts(
    document: &Document,
    value: Option<&Spanned<DeValue<'_>>>,
    axes: &[GridAxis],
    spec: &TableSpec,
    vocabulary: &Vocabulary,
) -> Result<Vec<Draft>, StudyError> {
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
        .map(|entry| draft(document, entry, axes, spec, vocabulary))
        .collect()
}

fn draft(
    document: &Document,
    entry: &Spanned<DeValue<'_>>,
    axes: &[GridAxis],
    spec: &TableSpec,
    vocabulary: &Vocabulary,
) -> Result<Draft, StudyError> {
    let table = table_of(document, entry)?;
    document.only(table, &CLAIM.names())?;
    let (says, at) = sentence(document, required(document, table, "says")?)?;
    let place = match table.get("where") {
        None => Vec::new(),
        Some(value) => place(document, value, axes)?,
    };
    let (each, is_every) = each(document, table, axes)?;
    if let Some((name, _)) = place
        .iter()
        .find(|(key, _)| each.iter().any(|(name, _)| name == key))
    {
        let what = format!("`where` has one value of `{name}`, and `each` asks for several");
        return Err(document.spot(key_at(table, "each"), what, "both").into());
    }
    let protocols = protocols(document, table, axes, vocabulary)?;
    let (form, measure, compared) = form(document, table, at.clone())?;
    let sides = Operand::read_list(document, compared, axes, &spec.rows)?;
    said_once(document, &sides, |axis| {
        let fixed = place.iter().map(|(key, _)| key);
        let mut fixed = fixed.chain(each.iter().map(|(key, _)| key));
        fixed.any(|key| key == axis) || (axis == "protocol" && !protocols.is_empty())
    })?;
    if form == Comparison::Ordered {
        each_once(document, &sides)?;
    }
    if let Some(what) = wrong_number(form, measure, &sides) {
        return Err(document.spot(compared.span(), what, "so many").into());
    }
    let (by, margin) = distances(document, table, (form, measure), compared.span())?;
    let quoted = |key: &str| {
        let value = table.get(key);
        value.map(|value| quoted(document, value)).transpose()
    };
    Ok(Draft {
        says,
        at,
        place,
        each,
        is_every: is_every && protocols.is_empty(),
        protocols,
        form,
        measure,
        accuracy: accuracy(document, table, measure)?,
        sides,
        by: by.unwrap_or(0.0),
        margin,
        paper: quoted("paper")?,
        critics: quoted("critics")?,
    })
}

/// Refuses cells that name a value of an axis that is fixed for all of the claim.
fn said_once(
    document: &Document,
    sides: &[Operand],
    is_fixed: impl Fn(&str) -> bool,
) -> Result<(), StudyError> {
    for (_, choice, at) in sides.iter().flat_map(|side| side.cells(1.0)) {
        if let Some((axis, _)) = choice.iter().find(|(axis, _)| is_fixed(axis)) {
            let what = format!(
                "the cells that are compared name their `{axis}`, and so does `where`, `each` or `protocols`"
            );
            let spot = document.spot(at.clone(), what, "said twice");
            let help = format!("say `{axis}` in one of them");
            return Err(spot.help(Some(help)).into());
        }
    }
    Ok(())
}

/// Refuses a trend that goes through a cell twice.
fn each_once(document: &Document, sides: &[Operand]) -> Result<(), StudyError> {
    let cells = sides.iter().filter_map(|side| match side {
        Operand::Cell(choice, at) => Some((choice, at)),
        Operand::Lead(_) => None,
    });
    let mut before = Vec::new();
    for (choice, at) in cells {
        if before.contains(&choice) {
            let what = "a trend goes through each of its cells once";
            return Err(document.spot(at.clone(), what, "the second time").into());
        }
        before.push(choice);
    }
    Ok(())
}

/// What is wrong with the number of sides that a form has.
fn wrong_number(form: Comparison, measure: &Measure, sides: &[Operand]) -> Option<&'static str> {
    match (form, sides) {
        (Comparison::Ordered, [] | [_] | [_, _]) => {
            Some("a trend is over three cells or more; of two say `greater`")
        }
        (Comparison::Ordered, _) | (Comparison::Zero, [Operand::Cell(..)]) => None,
        // Of a measure for which nothing is a value, one cell may be above it.
        (Comparison::Ahead, [Operand::Cell(..)]) if is_of_itself(measure) => None,
        (Comparison::Zero, _) => Some("`zero` is of one cell; that two are alike says `equal`"),
        (_, [_, _]) => None,
        _ => Some("a claim compares two cells, or two leads: [[a, b], [c, d]]"),
    }
}

/// By how much, and the margin that the claim itself says: of an equivalence that is within how much.
fn distances(
    document: &Document,
    table: &DeTable<'_>,
    (form, measure): (Comparison, &Measure),
    compared: Span,
) -> Result<(Option<f64>, Option<f64>), StudyError> {
    let unit = measure.unit;
    match form {
        Comparison::Equal | Comparison::Zero => {
            let of_an_equivalence = "an equivalence says `within`";
            none_of(document, table, "by", of_an_equivalence)?;
            let within = number(document, table, "within", unit, 0.0)?;
            if form == Comparison::Equal && within.is_none() && unit != Unit::Share {
                let what = format!("an equivalence of `{}` says within how much", measure.name);
                let help = format!("write `within = …`, {}", printed(unit));
                let spot = document.spot(compared, what, "within how much?");
                return Err(spot.help(Some(help)).into());
            }
            none_of(document, table, "margin", of_an_equivalence)?;
            Ok((None, within))
        }
        Comparison::Ahead | Comparison::Ordered => {
            let by = number(document, table, "by", unit, f64::NEG_INFINITY)?;
            let what = "`within` belongs to `equal = [a, b]` and `zero = [a]`; \"at least so much\" is `by`";
            none_of(document, table, "within", what)?;
            Ok((by, number(document, table, "margin", unit, 0.0)?))
        }
    }
}

/// Whether a value by itself, above nothing, says something.
fn is_of_itself(measure: &Measure) -> bool {
    measure.direction == Direction::Higher && !measure.size.is_empty()
}

/// Axes with values.
pub(super) type Choices = Vec<(String, Vec<String>)>;

/// `each = "task"` for all values of an axis, `each = { task = ["listops", "mnist"] }` for some.
fn each(
    document: &Document,
    table: &DeTable<'_>,
    axes: &[GridAxis],
) -> Result<(Choices, bool), StudyError> {
    let Some(value) = table.get("each") else {
        return Ok((Vec::new(), false));
    };
    let mut each = Vec::new();
    let none = |at: Span, of: &str| {
        let what = format!("`each` names no {of}: it would ask for no claim");
        StudyError::from(document.spot(at, what, "nothing"))
    };
    if value.get_ref().as_table().is_none() {
        for (name, at) in names(document, table, "each")? {
            let values = axis(document, axes, &name, at)?.values.iter();
            each.push((name, values.map(|value| value.text.clone()).collect()));
        }
        return match each.is_empty() {
            true => Err(none(value.span(), "axis")),
            false => Ok((each, true)),
        };
    }
    for (name, at, values) in flatten(table_of(document, value)?) {
        let (axis, all) = (axis(document, axes, &name, at)?, values.span());
        let values = Value::read_list(document, values)?;
        if values.is_empty() {
            return Err(none(all, &format!("value of `{name}`")));
        }
        let own = |value: Value| {
            let text = on_axis(
                document,
                axis,
                &value.text,
                value.at.clone(),
                "no such cell",
            )?;
            Ok(Value { text, ..value })
        };
        let values = values.into_iter().map(own);
        let values = values.collect::<Result<Vec<Value>, StudyError>>()?;
        once(document, &values)?;
        each.push((name, values.into_iter().map(|value| value.text).collect()));
    }
    match each.is_empty() {
        true => Err(none(value.span(), "axis")),
        false => Ok((each, false)),
    }
}

/// Refuses a value that stands twice: its claim would be made twice.
fn once(document: &Document, values: &[Value]) -> Result<(), StudyError> {
    for (index, value) in values.iter().enumerate() {
        if values[..index].iter().any(|other| other.text == value.text) {
            let what = format!("`{}` stands twice", value.text);
            return Err(document.spot(value.at.clone(), what, "the second").into());
        }
    }
    Ok(())
}

/// One name or a list of them, each once.
fn names(
    document: &Document,
    table: &DeTable<'_>,
    key: &str,
) -> Result<Vec<(String, Span)>, StudyError> {
    let values = table
        .get(key)
        .map(|value| Value::read_list(document, value));
    let values = values.transpose()?.unwrap_or_default();
    once(document, &values)?;
    Ok(values
        .into_iter()
        .map(|value| (value.text, value.at))
        .collect())
}

/// The protocols under which a claim is asked: any that are known, or values of the axis where there is one.
fn protocols(
    document: &Document,
    table: &DeTable<'_>,
    axes: &[GridAxis],
    vocabulary: &Vocabulary,
) -> Result<Vec<String>, StudyError> {
    let named = names(document, table, "protocols")?;
    let varies = axes.iter().find(|axis| axis.key == "protocol");
    for (name, at) in &named {
        if let Some(axis) = varies {
            on_axis(document, axis, name, at.clone(), "no such cell")?;
        }
        if !vocabulary.protocols.contains(name) {
            let help = suggest(name, vocabulary.protocols.iter().map(String::as_str));
            let what = format!("there is no protocol `{name}`");
            let spot = document.spot(at.clone(), what, "unknown protocol");
            return Err(spot.help(Some(help)).into());
        }
    }
    Ok(named.into_iter().map(|(name, _)| name).collect())
}

/// A number above `least`, from how it is printed to the measure's unit: 2 points are 0.02.
fn number(
    document: &Document,
    table: &DeTable<'_>,
    key: &str,
    unit: Unit,
    least: f64,
) -> Result<Option<f64>, StudyError> {
    let Some(value) = table.get(key) else {
        return Ok(None);
    };
    let value = Value::read(document, value)?;
    let is_meant = |number: &f64| number.is_finite() && *number > least;
    let Some(number) = value.number().filter(is_meant) else {
        let above = if least == 0.0 { " above 0" } else { "" };
        let what = format!("`{key}` is a number{above}, {}", printed(unit));
        return Err(document.spot(value.at, what, "no such number").into());
    };
    if unit == Unit::Share && number.abs() >= 100.0 {
        let what = format!("`{key}` is in points of accuracy, below 100");
        return Err(document.spot(value.at, what, "no such difference").into());
    }
    Ok(Some(number / unit.scale().0))
}

fn printed(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "in points: 2 for two percent",
        Unit::Nats => "in nats",
        Unit::Steps => "in gradient steps",
    }
}

/// Refuses a key that this form does not have.
fn none_of(
    document: &Document,
    table: &DeTable<'_>,
    key: &str,
    what: &str,
) -> Result<(), StudyError> {
    match table.contains_key(key) {
        false => Ok(()),
        true => Err(document.spot(key_at(table, key), what, "not here").into()),
    }
}

/// The accuracy that the measure is read at.
fn accuracy(
    document: &Document,
    table: &DeTable<'_>,
    measure: &Measure,
) -> Result<Option<f64>, StudyError> {
    let Some(key) = measure.key() else {
        let what = format!("`{}` is not read at an accuracy", measure.name);
        return none_of(document, table, "at", &what).map(|()| None);
    };
    let value = Value::read(document, required(document, table, key)?)?;
    let number = value.number();
    if let Some(number) = number.filter(|number| *number > 0.0 && *number <= 1.0) {
        return Ok(Some(number));
    }
    let what = format!("`{key}` is an accuracy above 0 and up to 1, which a run can have");
    let help = number.filter(|number| (1.0..=100.0).contains(number));
    let help =
        help.map(|number| format!("did you mean `{key} = {}`?", (number * 1e4).round() / 1e6));
    let spot = document.spot(value.at.clone(), what, "no such accuracy");
    Err(spot.help(help).into())
}
