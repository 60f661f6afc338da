//! From a claim as it is written to sums of cells that the grid has.

use super::draft::Draft;
use super::form::Comparison;
use super::operand::Operand;
use crate::document::Document;
use crate::error::StudyError;
use crate::suggest::suggest;
use evidence::{
    Choice, Claim, ClaimTest, Direction, Flag, PaperTable, Place, Quoted, TEST_ACCURACY, Term,
    Unit, cited,
};
use std::collections::{BTreeMap, BTreeSet};

/// Tables of what others have found, for claims that do not quote them themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others<'a> {
    pub paper: &'a [PaperTable],
    pub critics: &'a [PaperTable],
}

/// The claims that a draft comes to, each on cells that are there. `margin` is what counts as small where a claim of
/// accuracies says nothing, between 0 and 1.
pub(crate) fn on_grid(
    document: &Document,
    draft: &Draft,
    cells: &[Choice],
    others: Others<'_>,
    margin: f64,
) -> Result<Vec<Claim>, StudyError> {
    let mut claims = Vec::new();
    for fixed in asked(draft) {
        if !cells.iter().any(|cell| has(cell, &fixed)) {
            if draft.is_every {
                continue;
            }
            let what = format!("no such cell: the grid has none with {}", words(&fixed));
            let spot = document.spot(draft.at.clone(), what, "asked of it");
            let help =
                "a rule of the study leaves it out: take it from `each` or `protocols`".to_owned();
            return Err(spot.help(Some(help)).into());
        }
        let says = fixed
            .iter()
            .fold(draft.says.clone(), |says, (axis, value)| {
                let hole = format!("{{{axis}}}");
                match says.contains(&hole) {
                    true => says.replace(&hole, value),
                    false => format!("{says} ({axis} {value})"),
                }
            });
        if let Some(hole) = hole(&says) {
            let what = format!(
                "`{{{hole}}}` stands for nothing: the claim is not asked for each `{hole}`"
            );
            let spot = document.spot(draft.at.clone(), what, "in this sentence");
            let asked = draft.each.iter().map(|(axis, _)| axis.as_str());
            return Err(spot.help(Some(suggest(hole, asked))).into());
        }
        let place: Choice = draft.place.iter().chain(&fixed).cloned().collect();
        let terms = terms(document, draft, &place, cells)?;
        claims.push(Claim {
            says,
            paper: draft
                .paper
                .clone()
                .or_else(|| quoted(&terms, draft, others.paper)),
            critics: draft
                .critics
                .clone()
                .or_else(|| quoted(&terms, draft, others.critics)),
            terms: terms.into_iter().map(|(term, _)| term).collect(),
            measure: draft.measure,
            at: draft.accuracy,
            test: match draft.form {
                Comparison::Equal | Comparison::Zero => ClaimTest::Within,
                Comparison::Ahead | Comparison::Ordered => ClaimTest::More { by: draft.by },
            },
            margin: match (draft.margin, draft.measure.unit) {
                (Some(margin), _) => margin,
                (None, Unit::Share) => margin,
                // Nobody can say for all what is small of the others.
                (None, Unit::Nats | Unit::Steps) => 0.0,
            },
            compared: compared(draft, &place),
        });
    }
    if claims.is_empty() {
        let what = "no cell of the grid is one that the claim is asked of";
        return Err(document.spot(draft.at.clone(), what, "of none").into());
    }
    Ok(claims)
}

/// What looks like the name of an axis in braces.
fn hole(says: &str) -> Option<&str> {
    let (_, rest) = says.split_once('{')?;
    let (hole, _) = rest.split_once('}')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (!hole.is_empty() && hole.chars().all(is_name)).then_some(hole)
}

/// The values of the axes that are asked one by one: all combinations.
fn asked(draft: &Draft) -> Vec<Choice> {
    let protocols = match draft.protocols.is_empty() {
        true => Vec::new(),
        false => vec![("protocol".to_owned(), draft.protocols.clone())],
    };
    let mut all: Vec<Choice> = vec![Vec::new()];
    for (name, values) in draft.each.iter().cloned().chain(protocols) {
        let longer = all.iter().flat_map(|choice| {
            let name = &name;
            values.iter().map(move |value: &String| {
                let mut choice = choice.clone();
                choice.push((name.clone(), value.clone()));
                choice
            })
        });
        all = longer.collect();
    }
    all
}

fn has(cell: &Choice, choice: &[(String, String)]) -> bool {
    choice.iter().all(|pair| cell.contains(pair))
}

/// The cells of a claim, each once with its weight, and what it says on all axes.
fn terms(
    document: &Document,
    draft: &Draft,
    place: &Choice,
    cells: &[Choice],
) -> Result<Vec<(Term, Choice)>, StudyError> {
    // Ahead is up or down, as the measure has it.
    let sign = match draft.measure.direction {
        _ if draft.form == Comparison::Zero => 1.0,
        Direction::Higher => 1.0,
        Direction::Lower => -1.0,
    };
    let mut weights: BTreeMap<Place, (f64, Choice)> = BTreeMap::new();
    let mut open: Option<BTreeSet<Place>> = None;
    for (side, weight) in draft.sides.iter().zip(side_weights(draft)) {
        for (weight, choice, at) in side.cells(sign * weight) {
            let fixed = over(place, choice);
            let meant: Vec<&Choice> = cells.iter().filter(|cell| has(cell, &fixed)).collect();
            let left = |cell: &&Choice| {
                let axes = fixed.iter().map(|(axis, _)| axis);
                axes.fold(Place::of(cell), |place, axis| place.without(axis))
            };
            let these: BTreeSet<Place> = meant.iter().map(left).collect();
            let words = words(&fixed);
            if meant.is_empty() {
                let what = format!("no such cell: the grid has none with {words}");
                let help =
                    "a rule of the study leaves it out, or `where` names another place".to_owned();
                let spot = document.spot(at.clone(), what, "not in the grid");
                return Err(spot.help(Some(help)).into());
            }
            if let Some(open) = open.replace(these.clone())
                && open != these
            {
                let what = format!(
                    "the claim leaves axes open that its cells do not share: {words} is averaged over others"
                );
                let spot = document.spot(at.clone(), what, "over other cells");
                let help = "fix them in `where`, or ask `each`".to_owned();
                return Err(spot.help(Some(help)).into());
            }
            for cell in &meant {
                let entry = weights.entry(Place::of(cell));
                entry.or_insert_with(|| (0.0, (*cell).clone())).0 += weight / meant.len() as f64;
            }
        }
    }
    weights.retain(|_, (weight, _)| weight.abs() > 1e-12);
    if weights.is_empty() {
        let what = "the claim compares cells with themselves";
        return Err(document
            .spot(draft.at.clone(), what, "nothing is left")
            .into());
    }
    let term = |(place, (weight, choice))| (Term { weight, place }, choice);
    Ok(weights.into_iter().map(term).collect())
}

/// What each side is multiplied by: of a trend, the slope of the line of least squares a step.
fn side_weights(draft: &Draft) -> Vec<f64> {
    match draft.form {
        Comparison::Ahead | Comparison::Equal => vec![1.0, -1.0],
        Comparison::Zero => vec![1.0],
        Comparison::Ordered => {
            let count = draft.sides.len();
            let middle = (count as f64 - 1.0) / 2.0;
            let away: Vec<f64> = (0..count).map(|side| side as f64 - middle).collect();
            let squares: f64 = away.iter().map(|away| away * away).sum();
            away.into_iter().map(|away| away / squares).collect()
        }
    }
}

/// A cell's own axes over those that the claim fixes.
fn over(place: &Choice, own: &Choice) -> Choice {
    let is_own = |axis: &str| own.iter().any(|(key, _)| key == axis);
    let others = place.iter().filter(|(axis, _)| !is_own(axis));
    others.chain(own).cloned().collect()
}

fn words(choice: &Choice) -> String {
    let pairs = choice.iter().map(|(axis, value)| format!("{axis} {value}"));
    pairs.collect::<Vec<_>>().join(", ")
}

/// `text against random, task mnist`.
fn compared(draft: &Draft, place: &Choice) -> String {
    let sides: Vec<String> = draft.sides.iter().map(Operand::words).collect();
    let sides = match draft.form {
        Comparison::Ahead | Comparison::Equal | Comparison::Zero => sides.join(" against "),
        Comparison::Ordered => format!("the trend over {}", sides.join(", ")),
    };
    match place.is_empty() {
        true => sides,
        false => format!("{sides}, {}", words(place)),
    }
}

/// The values that others have of the two cells of a claim of accuracies.
fn quoted(terms: &[(Term, Choice)], draft: &Draft, tables: &[PaperTable]) -> Option<Quoted> {
    let is_pair =
        terms.len() == 2 && draft.measure == &TEST_ACCURACY && draft.form != Comparison::Ordered;
    if !is_pair {
        return None;
    }
    let ahead = |(first, second)| match terms[0].0.weight > 0.0 {
        true => (first, second),
        false => (second, first),
    };
    let values = (cited(tables, &terms[0].1)?, cited(tables, &terms[1].1)?);
    let (first, second) = ahead(values);
    let flag = match [first.flag, second.flag].contains(&Flag::Recalled) {
        true => Flag::Recalled,
        false => Flag::Secondary,
    };
    let says = format!(
        "{:.1} against {:.1}",
        100.0 * first.accuracy,
        100.0 * second.accuracy
    );
    Some(Quoted { says, flag })
}
