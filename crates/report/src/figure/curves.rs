//! Accuracy and loss over gradient steps, a panel for each column of the table.

use super::curve_panel::TALL;
use super::legend::{Entry, Mark};
use super::look::Look;
use super::series::{CurvePanel, panels};
use super::sketch::{Panel, Sketch};
use super::traces::EACH;
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
        caption: caption(look, &panels),
        legend: legend(look, &panels),
        panels: panels.into_iter().map(panel).collect(),
        tall: TALL,
        least: 0,
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
fn caption(look: &Look<'_>, panels: &[CurvePanel]) -> String {
    let lines = || panels.iter().flat_map(|panel| &panel.lines);
    let replicates = || lines().map(|line| line.accuracy.replicates);
    let (low, high) = (replicates().min(), replicates().max());
    let (low, high) = (low.unwrap_or(0), high.unwrap_or(0));
    let over = match low == high {
        true => low.to_string(),
        false => format!("{low} to {high}"),
    };
    let means = match high {
        1 => return format!("Lines: the one replicate. {RULES}"),
        _ => format!("Thick lines: mean over {over} replicates, as far as all of them go"),
    };
    let thin = "thin lines: each of them";
    let bands = "bands: from the lowest to the highest";
    let others = match (low, high) {
        (_, ..=EACH) => thin.to_owned(),
        (low, _) if low > EACH => bands.to_owned(),
        _ => format!("{thin}, up to {EACH}; beyond, {bands}"),
    };
    let jobs = match look.summary.jobs_of_a_body {
        0 | 1 => "",
        _ => " A replicate is the mean of the jobs around its body.",
    };
    format!("{means}; {others}.{jobs} {RULES}")
}

const RULES: &str =
    "Curves are of the validation data, the rules of floor and paper of the test data.";
