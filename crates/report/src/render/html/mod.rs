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
    /// To its own page, in its folder beside the one of several.
    pub leads_on: bool,
}

/// The page of one study.
pub(crate) fn page(part: &Part<'_>) -> String {
    let next = Cell::new(0);
    let body = study::alone(&Set::new("", part.drawings, &next), part.report);
    shell::page(&study::title(part.report), &body)
}

/// The page of several studies; `left_out` says which are not on it, and why.
pub(crate) fn pages(parts: &[Part<'_>], left_out: &[(String, String)]) -> String {
    let next = Cell::new(0);
    let prefixes: Vec<String> = (1..=parts.len())
        .map(|number| format!("s{number}-"))
        .collect();
    let sets: Vec<(Set<'_>, &Part<'_>)> = parts
        .iter()
        .zip(&prefixes)
        .map(|(part, prefix)| (Set::new(prefix, part.drawings, &next), part))
        .collect();
    shell::page(overview::TITLE, &overview::page(&sets, left_out))
}
