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
    let (form, measure, sides) = form(document, table, at.clone())?;
    let compared = sides;
    let sides = Operand::read_list(document, compared, axes, &spec.rows)?;
    let is_fixed = |axis: &String| {
        let mut fixed = place.iter().map(|(key, _)| key);
        let mut asked = each.iter().map(|(key, _)| key);
        let of_protocols = axis == "protocol" && !protocols.is_empty();
        of_protocols || fixed.any(|key| key == axis) || asked.any(|key| key == axis)
    };
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
    let problem = match (form, sides.len()) {
        (Comparison::Ordered, 0..=2) => {
            Some("a trend is over three cells or more; of two say `greater`")
        }
        (Comparison::Ordered, _) => None,
        (Comparison::Zero, 1) if matches!(sides[0], Operand::Cell(..)) => None,
        // Of a measure for which nothing is a value, one cell may be above it.
        (Comparison::Ahead, 1)
            if is_of_itself(measure) && matches!(sides[0], Operand::Cell(..)) =>
        {
            None
        }
        (Comparison::Zero, _) => Some("`zero` is of one cell; that two are alike says `equal`"),
        (_, 2) => None,
        _ => Some("a claim compares two cells, or two leads: [[a, b], [c, d]]"),
    };
    if let Some(what) = problem {
        return Err(document.spot(compared.span(), what, "so many").into());
    }
    let unit = measure.unit;
    let by = match form {
        Comparison::Equal | Comparison::Zero => {
            none_of(document, table, "by", "an equivalence says `within`")?
        }
        Comparison::Ahead | Comparison::Ordered => {
            number(document, table, "by", unit, f64::NEG_INFINITY)?
        }
    };
    let within = match form {
        Comparison::Equal | Comparison::Zero => number(document, table, "within", unit, 0.0)?,
        Comparison::Ahead | Comparison::Ordered => none_of(
            document,
            table,
            "within",
            "`within` belongs to `equal = [a, b]` and `zero = [a]`; \"at least so much\" is `by`",
        )?,
    };
    if form == Comparison::Equal && within.is_none() && unit != Unit::Share {
        let what = format!("an equivalence of `{}` says within how much", measure.name);
        let help = format!("write `within = …`, {}", printed(unit));
        let spot = document.spot(compared.span(), what, "within how much?");
        return Err(spot.help(Some(help)).into());
    }
    let margin = match form {
        Comparison::Equal | Comparison::Zero => {
            none_of(document, table, "margin", "an equivalence says `within`")?.or(within)
        }
        Comparison::Ahead | Comparison::Ordered => number(document, table, "margin", unit, 0.0)?,
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
        paper: table
            .get("paper")
            .map(|value| quoted(document, value))
            .transpose()?,
        critics: table
            .get("critics")
            .map(|value| quoted(document, value))
            .transpose()?,
    })
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
    if value.get_ref().as_table().is_none() {
        for (name, at) in names(document, table, "each")? {
            let values = axis(document, axes, &name, at)?.values.iter();
            each.push((name, values.map(|value| value.text.clone()).collect()));
        }
        return Ok((each, true));
    }
    for (name, at, values) in flatten(table_of(document, value)?) {
        let axis = axis(document, axes, &name, at)?;
        let values = Value::read_list(document, values)?;
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
    Ok((each, false))
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
) -> Result<Option<f64>, StudyError> {
    match table.contains_key(key) {
        false => Ok(None),
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
        return none_of(document, table, "at", &what);
    };
    let value = Value::read(document, required(document, table, key)?)?;
    let number = value.number();
    if let Some(number) = number.filter(|number| *number > 0.0 && *number <= 1.0) {
        return Ok(Some(number));
    }
    let what = format!("`{key}` is an accuracy above 0 and up to 1, which a run can have");
    let help = number.filter(|number| (1.0..=100.0).contains(number));
    let help = help.map(|number| format!("did you mean `{key} = {}`?", number / 100.0));
    let spot = document.spot(value.at.clone(), what, "no such accuracy");
    Err(spot.help(help).into())
}
