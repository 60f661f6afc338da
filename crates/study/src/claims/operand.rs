//! The cells of a claim, as they are written.

use super::place::place;
use crate::axes::on_axis;
use crate::document::Document;
use crate::error::{Span, StudyError};
use crate::grid_axis::GridAxis;
use crate::suggest::suggest;
use crate::value::Value;
use evidence::Choice;
use toml::Spanned;
use toml::de::DeValue;

/// What stands on a side of a claim.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// Cells: `"text"`, or `{ pretraining = "text", policy = "fpt" }`.
    Cell(Choice, Span),
    /// How far one is ahead of another: a pair in brackets.
    Lead(Box<[Operand; 2]>),
}

impl Operand {
    /// Reads a list of sides. A bare value stands for the axis that has it, the rows of the table first.
    pub fn read_list(
        document: &Document,
        value: &Spanned<DeValue<'_>>,
        axes: &[GridAxis],
        rows: &str,
    ) -> Result<Vec<Self>, StudyError> {
        let Some(list) = value.get_ref().as_array() else {
            let what = "a claim compares a list of cells";
            let spot = document.spot(value.span(), what, "not a list");
            let help = "for example [\"text\", \"random\"]".to_owned();
            return Err(spot.help(Some(help)).into());
        };
        let sides = list.iter();
        let sides = sides.map(|side| Self::read(document, side, axes, rows));
        let sides = sides.collect::<Result<Vec<Self>, StudyError>>()?;
        let first = sides.first().map_or(0, Self::depth);
        if let Some(other) = sides.iter().position(|side| side.depth() != first) {
            let what = "a cell is compared with a cell, and a lead with a lead";
            let spot = document.spot(list[other].span(), what, "of another kind");
            let help = "[[a, b], [c, d]] compares a − b with c − d".to_owned();
            return Err(spot.help(Some(help)).into());
        }
        Ok(sides)
    }

    /// 0 for a cell, 1 for a lead of cells, 2 for a lead of leads. The weights of a claim add up to nothing only
    /// where all sides are alike.
    fn depth(&self) -> usize {
        match self {
            Self::Cell(..) => 0,
            Self::Lead(pair) => 1 + pair[0].depth(),
        }
    }

    fn read(
        document: &Document,
        value: &Spanned<DeValue<'_>>,
        axes: &[GridAxis],
        rows: &str,
    ) -> Result<Self, StudyError> {
        match value.get_ref() {
            DeValue::Table(_) => Ok(Self::Cell(place(document, value, axes)?, value.span())),
            DeValue::Array(_) => {
                let sides = Self::read_list(document, value, axes, rows)?;
                let pair: Result<[Self; 2], _> = sides.try_into();
                let pair = pair.map_err(|_| {
                    let what = "a lead is of two cells: [[a, b], [c, d]] compares a − b with c − d";
                    document.spot(value.span(), what, "expected two")
                })?;
                Ok(Self::Lead(Box::new(pair)))
            }
            _ => {
                let value = Value::read(document, value)?;
                let (axis, own) = axis_of(document, &value, axes, rows)?;
                Ok(Self::Cell(vec![(axis, own)], value.at))
            }
        }
    }

    /// Its cells with what they are multiplied by.
    pub fn cells(&self, weight: f64) -> Vec<(f64, &Choice, &Span)> {
        match self {
            Self::Cell(choice, at) => vec![(weight, choice, at)],
            Self::Lead(pair) => {
                let [first, second] = &**pair;
                let mut cells = first.cells(weight);
                cells.extend(second.cells(-weight));
                cells
            }
        }
    }

    /// In words: values alone.
    pub fn words(&self) -> String {
        match self {
            Self::Cell(choice, _) => {
                let values = choice.iter().map(|(_, value)| value.as_str());
                values.collect::<Vec<_>>().join(" ")
            }
            Self::Lead(pair) => {
                let [first, second] = &**pair;
                format!("({} − {})", first.words(), second.words())
            }
        }
    }
}

/// The axis that a bare value is on, and the value as it is there.
fn axis_of(
    document: &Document,
    value: &Value,
    axes: &[GridAxis],
    rows: &str,
) -> Result<(String, String), StudyError> {
    let has = |axis: &GridAxis| Some((axis.key.clone(), axis.value(&value.text)?.text.clone()));
    let on: Vec<(String, String)> = axes.iter().filter_map(has).collect();
    if let Some(found) = on.iter().find(|(axis, _)| axis == rows) {
        return Ok(found.clone());
    }
    match &on[..] {
        [found] => Ok(found.clone()),
        [] => {
            let rows = axes.iter().find(|axis| axis.key == rows);
            if let Some(rows) = rows {
                on_axis(
                    document,
                    rows,
                    &value.text,
                    value.at.clone(),
                    "no such cell",
                )?;
            }
            let known = axes.iter().flat_map(|axis| &axis.values);
            let help = suggest(&value.text, known.map(|value| value.text.as_str()));
            let what = format!("no such cell: no axis has `{}`", value.text);
            let spot = document.spot(value.at.clone(), what, "on no axis");
            Err(spot.help(Some(help)).into())
        }
        [first, ..] => {
            let what = format!("`{}` is on several axes", value.text);
            let help = format!("say which: {{ {} = \"{}\" }}", first.0, value.text);
            let spot = document.spot(value.at.clone(), what, "of which one?");
            Err(spot.help(Some(help)).into())
        }
    }
}
