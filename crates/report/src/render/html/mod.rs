//! `report.html`: everything that is known of one study, or of several, in one file that asks no network for
//! anything and reads without a script.

mod blocks;
mod figure;
mod findings;
mod inline;
mod map;
mod overview;
mod set;
mod shell;
mod study;
mod table;

use crate::blocks::Report;
use crate::figure::Drawing;
use set::Set;
use std::cell::Cell;

/// A report with the drawings of its figures.
pub(crate) struct Part<'a> {
    pub report: &'a Report,
    pub drawings: &'a [Drawing],
}

/// The page of one study.
pub(crate) fn page(part: &Part<'_>) -> String {
    let next = Cell::new(0);
    let body = study::alone(&Set::new("", part.drawings, &next), part.report);
    shell::page(&study::title(part.report), &body)
}

/// The page of several studies; `left_out` says which are not on it, and why. It may lead on to the page of each, in the study's
/// folder beside it.
pub(crate) fn pages(parts: &[Part<'_>], left_out: &[(String, String)], leads_on: bool) -> String {
    let next = Cell::new(0);
    let prefixes: Vec<String> = (1..=parts.len())
        .map(|number| format!("s{number}-"))
        .collect();
    let sets: Vec<(Set<'_>, &Report)> = parts
        .iter()
        .zip(&prefixes)
        .map(|(part, prefix)| (Set::new(prefix, part.drawings, &next), part.report))
        .collect();
    shell::page(overview::TITLE, &overview::page(&sets, left_out, leads_on))
}
