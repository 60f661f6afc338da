//! The page as a table of Markdown.

use super::effect::{effect, quoted};
use super::head::{count, groups, heading};
use super::row::ClaimRow;
use crate::render::markdown::grid;
use crate::sentence::name;
use crate::table::{Column, Role, Table, Value};
use evidence::p_value;
use std::fmt::Write;

/// A count, and a table for each study; headings where there are several.
pub fn markdown(rows: &[ClaimRow]) -> String {
    let mut out = format!("{}\n", count(rows));
    let is_one = groups(rows).nth(1).is_none();
    for group in groups(rows) {
        let unkept = group.iter().any(|row| !row.looks_kept);
        if !is_one || unkept {
            let _ = write!(out, "\n### {}\n", name(&heading(group)));
        }
        let _ = write!(out, "\n{}", grid(&table(group)));
    }
    out
}

fn table(rows: &[ClaimRow]) -> Table {
    let left = |name: &str| Column::left(name);
    let right = |name: &str| Column::right(name);
    Table {
        role: Role::Claims,
        caption: String::new(),
        columns: vec![
            left("claim"),
            left("effect [95 % interval]"),
            right("replicates"),
            right("p after Holm"),
            left("verdict"),
            left("paper"),
        ],
        rows: rows.iter().map(|row| values(row, rows)).collect(),
        foot: None,
    }
}

fn values(row: &ClaimRow, rows: &[ClaimRow]) -> Vec<Value> {
    // The same sentence may be asked of several cells.
    let alike = rows.iter().filter(|other| other.claim == row.claim).count();
    let claim = match alike {
        1 => row.claim.clone(),
        _ => format!("{} ({})", row.claim, row.compared),
    };
    let effect = effect(row, &row.counts);
    vec![
        Value::text(claim),
        effect.map_or(Value::Unfinished, Value::Text),
        Value::text(replicates(row)),
        row.p_holm
            .map_or(Value::Absent, |p| Value::text(p_value(p))),
        Value::text(verdict(row)),
        said(row).map_or(Value::Absent, Value::Text),
    ]
}

fn replicates(row: &ClaimRow) -> String {
    match row.looks > 0 || row.replicates >= row.expected {
        true => row.replicates.to_string(),
        false => format!("{} of {}", row.replicates, row.expected),
    }
}

/// `supported, small, for this body (gpt2)`, `undecided (8 replicates would decide it)`
fn verdict(row: &ClaimRow) -> String {
    let mut out = row.verdict.clone();
    if row.small {
        out.push_str(", small");
    }
    if let Some(body) = &row.for_body {
        let _ = write!(out, ", for this body ({body})");
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
    if let Some(more) = row.more {
        let _ = write!(out, " ({more} replicates would decide it)");
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
