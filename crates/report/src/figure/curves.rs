//! Accuracy and loss over gradient steps, a panel for each column of the table.

use super::curve_panel::TALL;
use super::legend::{Entry, Mark};
use super::look::Look;
use super::series::{CurvePanel, panels};
use super::sketch::{Panel, Sketch};
use crate::sheet::Sheet;
use evidence::Flag;

/// The curves of a sheet; `None` where there are none.
pub(super) fn sketch<'a>(look: &Look<'a>) -> Option<Sketch<'a>> {
    let panels = panels(look);
    if panels.iter().all(|panel| panel.lines.is_empty()) {
        return None;
    }
    let panel = |panel: CurvePanel| -> Box<dyn Panel> { Box::new(panel) };
    Some(Sketch {
        name: look.name("curves"),
        title: look.title(),
        caption: caption(look.sheet),
        legend: legend(look, &panels),
        panels: panels.into_iter().map(panel).collect(),
        tall: TALL,
    })
}

fn legend(look: &Look<'_>, panels: &[CurvePanel]) -> Vec<Entry> {
    let mut entries = look.rows();
    if panels.iter().any(|panel| panel.floor.is_some()) {
        entries.push(Entry {
            mark: Mark::Dashes,
            name: "trivial floor (test)".to_owned(),
        });
    }
    let flags: Vec<Flag> = look
        .sheet
        .planned()
        .filter_map(|cell| Some(cell.paper?.flag))
        .collect();
    let recalled = flags.iter().filter(|flag| **flag == Flag::Recalled).count();
    let source = match recalled {
        _ if flags.is_empty() => return entries,
        0 => Flag::Secondary.name().to_owned() + " source",
        all if all == flags.len() => Flag::Recalled.name().to_owned(),
        _ => format!(
            "{} source or {}",
            Flag::Secondary.name(),
            Flag::Recalled.name()
        ),
    };
    entries.push(Entry {
        mark: Mark::Dots,
        name: format!("paper (test, {source})"),
    });
    entries
}

/// What lines and bands are, in words.
fn caption(sheet: &Sheet) -> String {
    let seeds = || {
        sheet
            .planned()
            .map(|cell| cell.values.len())
            .filter(|n| *n > 0)
    };
    let seeds = match (seeds().min(), seeds().max()) {
        (Some(1), Some(1)) => "the one seed".to_owned(),
        (Some(low), Some(high)) if low == high => format!("{low} seeds"),
        (Some(low), Some(high)) => format!("{low} to {high} seeds"),
        _ => "seeds".to_owned(),
    };
    format!(
        "Lines: mean over {seeds}; bands: from the lowest to the highest seed. Curves are of the \
         validation data, the rules of floor and paper of the test data."
    )
}
