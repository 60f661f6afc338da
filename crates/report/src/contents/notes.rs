//! How to read the numbers, in sentences.

use super::decided::decided;
use super::rates::rates;
use super::steps::rule;
use crate::format::{choice, fixed, floor_text, listed, percent};
use crate::sentence::{line, name};
use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::words::differences;
use evidence::{PaperTable, Pooled, Spread};
use std::collections::BTreeSet;
use tasks::Floor;

/// What a reader needs to know: floors, tests, and where the paper's values come from.
pub(super) fn notes(summary: &Summary) -> Vec<String> {
    let planned = || summary.sheets.iter().flat_map(Sheet::planned);
    let mut notes = rates(summary);
    if summary.jobs_of_a_body > 1 {
        notes.push(format!(
            "A replicate is the mean of {} jobs around one body.",
            summary.jobs_of_a_body
        ));
    }
    notes.extend(summary.spreads.iter().map(spread));
    if planned().any(|cell| cell.diverged > 0) {
        let note = "†: a run diverged, and counts with its weights of the evaluation before, or with its first ones where there was none";
        notes.push(note.to_owned());
    }
    notes.extend(floors(summary));
    notes.extend(rule(summary));
    notes.extend(decided(summary));
    if planned().any(|cell| cell.against.is_some()) {
        notes.push(
            "Differences: `*` where a claim of the study has found that there is one, `≈` where it has \
             found that it is smaller than δ. What no claim is about has an interval, which is a size and \
             not a verdict."
                .to_owned(),
        );
    }
    for note in summary.question.paper.iter().map(paper_note) {
        // Tables of one section may share theirs.
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// `pretraining text, task mnist: bodies differ by 0.0 points, …`, standard deviations both.
fn spread(spread: &Spread) -> String {
    let (scale, digits) = spread.unit.scale();
    let number = |deviation: f64| {
        format!(
            "{} {}",
            fixed(deviation * scale, digits),
            differences(spread.unit)
        )
    };
    format!(
        "{}: standard deviation between bodies {}, between jobs around one body {} ({} bodies, {} jobs around each).",
        name(&choice(&spread.axes)),
        number(spread.between),
        number(spread.within),
        spread.bodies,
        spread.jobs,
    )
}

/// The trivial strategies of each column, or of each row that is a task, all of them where they are known.
fn floors(summary: &Summary) -> Vec<String> {
    let mut known: Vec<(String, Vec<String>)> = Vec::new();
    let mut columns = BTreeSet::new();
    for sheet in &summary.sheets {
        let names = match sheet.tasks_down {
            true => &sheet.rows,
            false => &sheet.heads,
        };
        for (head, group) in names.iter().zip(sheet.groups()) {
            columns.insert(head);
            for cell in group.into_iter().filter(|cell| cell.floor.is_some()) {
                let strategies = strategies(cell);
                match known.iter_mut().find(|(known, _)| *known == strategies) {
                    Some((_, heads)) if heads.contains(head) => {}
                    Some((_, heads)) => heads.push(head.clone()),
                    None => known.push((strategies, vec![head.clone()])),
                }
            }
        }
    }
    // Each once: a floor of all columns needs none of their names.
    let note = |(strategies, heads): (String, Vec<String>)| match heads.len() == columns.len()
        && columns.len() > 1
    {
        true => format!("All columns: {strategies}"),
        false => {
            let heads: Vec<String> = heads.iter().map(|head| name(head)).collect();
            format!("{}: {strategies}", listed(&heads))
        }
    };
    known.into_iter().map(note).collect()
}

/// `trivial floors: majority class 11.4, nearest class mean 82.0`.
fn strategies(cell: &Pooled) -> String {
    match cell.floors.as_slice() {
        [] | [_] => cell.floor.as_ref().map(floor_text).unwrap_or_default(),
        floors => {
            let floor = |floor: &Floor| format!("{} {}", floor.strategy, percent(floor.accuracy));
            let floors: Vec<String> = floors.iter().map(floor).collect();
            format!("trivial floors: {}", floors.join(", "))
        }
    }
}

fn paper_note(paper: &PaperTable) -> String {
    format!(
        "Paper: {}, section {}. {} Values marked `secondary` were read in one careful \
         secondary source, `recalled` ones are unconfirmed.",
        name(&paper.source),
        name(&paper.section),
        line(&paper.note)
    )
}
