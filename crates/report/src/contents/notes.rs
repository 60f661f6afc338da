//! How to read the numbers, in sentences.

use crate::format::{choice, floor_text, percent};
use crate::sentence::{code, line, name};
use crate::sheet::Sheet;
use crate::summary::Summary;
use evidence::statistics::{seeds_needed, smallest_p};
use evidence::{Chosen, PaperTable, Pooled, p_value};
use tasks::Floor;

/// What a reader needs to know: floors, tests, and where the paper's values come from.
pub(super) fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    for protocol in &summary.question.protocols {
        let rate = match protocol.rates {
            0 | 1 => String::new(),
            rates => format!("; learning rate chosen for each cell on validation, out of {rates}"),
        };
        notes.push(format!(
            "Protocol {}: {}{rate}.",
            code(&protocol.name),
            line(&protocol.says)
        ));
        let traps = protocol.traps.iter().map(|trap| line(trap));
        notes.extend(traps.map(|trap| format!("Trap of {}: {trap}.", code(&protocol.name))));
    }
    let open = summary
        .chosen
        .iter()
        .filter(|chosen| chosen.whole() < chosen.trials.len());
    notes.extend(open.map(|chosen| {
        let cell = name(&choice(&chosen.axes));
        let (whole, all) = (chosen.whole(), chosen.trials.len());
        format!("{cell}: {whole} of {all} rates are finished; the choice may still change.")
    }));
    notes.extend(summary.chosen.iter().filter_map(edge));
    let mut planned = summary.sheets.iter().flat_map(Sheet::planned);
    if planned.any(|cell| cell.diverged > 0) {
        let note = "†: a run diverged, and counts with its weights of the evaluation before";
        notes.push(note.to_owned());
    }
    notes.extend(floors(summary));
    let comparisons = summary.comparisons();
    if comparisons > 0 {
        let seeds = summary.sheets.iter().flat_map(Sheet::planned);
        let seeds = seeds.map(|cell| cell.expected).max().unwrap_or(0);
        notes.push(format!(
            "p: exact two-sided sign-flip test over seed pairs, before correction. {seeds} seeds \
             can reach {} at best; {} comparisons, corrected by Holm at 0.05, need {} seeds. A \
             decided difference carries a `*`.",
            p_value(smallest_p(seeds)),
            comparisons,
            seeds_needed(comparisons),
        ));
        notes.push(
            "An interval that excludes 0 supposes normal differences, which so few seeds cannot \
             check: it is a size, not a verdict."
                .to_owned(),
        );
    }
    notes.extend(summary.question.paper.as_ref().map(paper_note));
    notes
}

/// A warning where the chosen rate is the last one tried on its side.
fn edge(chosen: &Chosen) -> Option<String> {
    let (cell, side) = (name(&choice(&chosen.axes)), chosen.edge()?);
    Some(format!(
        "{cell}: the chosen rate is the {side} that was tried; a better one may lie beyond."
    ))
}

/// The trivial strategies of each column, all of them where they are known.
fn floors(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    for sheet in &summary.sheets {
        for (index, column) in sheet.columns.iter().enumerate() {
            let cells = sheet.cells.iter().filter_map(|row| row[index].as_ref());
            for cell in cells.filter(|cell| cell.floor.is_some()) {
                let note = format!("{}: {}", name(column), strategies(cell));
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    notes
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
        "Paper: Lu et al. (2021), section {}. {} Values marked `secondary` were read in one careful \
         secondary source, `recalled` ones are unconfirmed.",
        line(&paper.section),
        line(&paper.note)
    )
}
