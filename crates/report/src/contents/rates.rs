//! What is to be known of how learning rates were chosen, in sentences.

use crate::format::choice;
use crate::sentence::{code, line, name};
use crate::summary::Summary;
use evidence::{Chosen, ProtocolNote};

/// Cells that are named one by one.
const NAMED: usize = 3;

pub(super) fn rates(summary: &Summary) -> Vec<String> {
    let protocols = summary.question.protocols.iter();
    let mut notes: Vec<String> = protocols
        .flat_map(|note| protocol(note, !summary.piloted.is_empty()))
        .collect();
    notes.extend(open(&summary.chosen));
    notes.extend(summary.chosen.iter().filter_map(edge));
    if summary.shows_pilots() {
        notes.push(
            "pilot: of the job that the cell's rate was chosen on, until a replicate is there; in no mean, \
             no difference and no verdict."
                .to_owned(),
        );
    }
    notes
}

fn protocol(protocol: &ProtocolNote, has_pilots: bool) -> Vec<String> {
    let on = match has_pilots {
        true => "pilots, by validation",
        false => "validation",
    };
    let rate = match protocol.rates {
        0 | 1 => String::new(),
        rates => {
            let up_to = if has_pilots { "up to " } else { "" };
            format!("; learning rate chosen for each cell on {on}, out of {up_to}{rates}")
        }
    };
    let (called, says) = (code(&protocol.name), line(&protocol.says));
    let traps = protocol.traps.iter();
    let traps = traps.map(|trap| format!("Trap of {called}: {}.", line(trap)));
    [format!("Protocol {called}: {says}{rate}.")]
        .into_iter()
        .chain(traps)
        .collect()
}

/// Cells with trials that are not finished.
fn open(chosen: &[Chosen]) -> Vec<String> {
    let is_open = |chosen: &&Chosen| chosen.is_open;
    let open: Vec<&Chosen> = chosen.iter().filter(is_open).collect();
    if open.len() > NAMED {
        let (open, all) = (open.len(), chosen.len());
        return vec![format!(
            "{open} of {all} cells have no learning rate yet, or one that may still change."
        )];
    }
    let note = |chosen: &Chosen| {
        let cell = name(&choice(&chosen.axes));
        let (whole, all) = (chosen.whole(), chosen.trials.len());
        let end = match chosen.best {
            Some(_) => "the choice may still change",
            None => "none is chosen yet",
        };
        format!("{cell}: {whole} of {all} rates are tried; {end}.")
    };
    open.into_iter().map(note).collect()
}

/// A warning where the chosen rate is the last one tried on its side.
fn edge(chosen: &Chosen) -> Option<String> {
    let (cell, side) = (name(&choice(&chosen.axes)), chosen.edge()?);
    Some(format!(
        "{cell}: the chosen rate is the {side} that was tried; a better one may lie beyond."
    ))
}
