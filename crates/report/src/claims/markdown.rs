//! The page as a table of Markdown.

use super::effect::{effect, interval, quoted, replicates, unread};
use super::head::{count, groups, heading};
use super::row::ClaimRow;
use crate::render::grid::grid;
use crate::sentence::name;
use crate::table::Align;
use crate::words::beyond;
use evidence::p_value;
use std::fmt::Write;

const COLUMNS: [(&str, Align); 6] = [
    ("claim", Align::Left),
    ("effect [95 % interval]", Align::Left),
    ("replicates", Align::Right),
    ("p after Holm", Align::Right),
    ("verdict", Align::Left),
    ("paper", Align::Left),
];

/// A count, and a table for each study; headings where there are several.
pub fn markdown(rows: &[ClaimRow]) -> String {
    let mut out = format!("{}\n", count(rows));
    let is_one = groups(rows).nth(1).is_none();
    for group in groups(rows) {
        if !is_one || group.iter().any(|row| !row.looks_kept) {
            let _ = write!(out, "\n### {}\n", name(&heading(group)));
        }
        let heads = COLUMNS.map(|(head, _)| head.to_owned()).to_vec();
        let lines = group.iter().map(|row| cells(row, group));
        let lines: Vec<Vec<String>> = [heads].into_iter().chain(lines).collect();
        let _ = write!(out, "\n{}", grid(&COLUMNS.map(|(_, align)| align), &lines));
    }
    out
}

/// A row's cells, among those of its study.
fn cells(row: &ClaimRow, rows: &[ClaimRow]) -> Vec<String> {
    // The same sentence may be asked of several cells.
    let alike = rows.iter().filter(|other| other.claim == row.claim).count();
    let claim = match alike {
        1 => name(&row.claim),
        _ => name(&format!("{} ({})", row.claim, row.compared)),
    };
    let effect = effect(row).map(|effect| match interval(row) {
        Some(interval) => format!("{} {interval}", name(&effect)),
        None => name(&effect),
    });
    let nothing = || "–".to_owned();
    vec![
        claim,
        effect.unwrap_or_else(|| unread(row)),
        replicates(row),
        row.p_holm.map_or_else(nothing, p_value),
        verdict(row),
        said(row).map_or_else(nothing, |said| name(&said)),
    ]
}

/// `**supported**, small, for this body (gpt2)`, `**undecided**, 8 replicates would decide it`
fn verdict(row: &ClaimRow) -> String {
    let mut out = format!("**{}**", row.verdict);
    if row.small {
        out.push_str(", small");
    }
    if let Some(body) = &row.for_body {
        let _ = write!(out, ", for this body ({})", name(body));
    }
    if row.also_without_normality {
        out.push_str(", also without normality");
    }
    if row.bounds > 0 {
        out.push_str(", a bound");
    }
    if row.collapsed > 0 {
        let _ = write!(out, ", {} of {} runs collapsed", row.collapsed, row.runs);
    }
    match (row.more, &row.why) {
        (Some(more), _) => {
            let beyond = beyond(row.more_than_looks);
            let _ = write!(out, ", {more} replicates would decide it{beyond}");
        }
        (None, Some(why)) if row.looks > 0 => {
            let _ = write!(out, ": {}", name(why));
        }
        _ => {}
    }
    out
}

fn said(row: &ClaimRow) -> Option<String> {
    let paper = quoted(row.paper.as_ref(), row.paper_flag.as_ref());
    let critics = quoted(row.critics.as_ref(), row.critics_flag.as_ref());
    let critics = critics.map(|critics| format!("critics: {critics}"));
    let said: Vec<String> = paper.into_iter().chain(critics).collect();
    (!said.is_empty()).then(|| said.join("; "))
}
