//! `table.md`: reads the same in a terminal and on a page.

use super::grid::grid;
use crate::blocks::{Block, FindingBlock, Report};
use crate::sentence::{code, name, paragraph};
use crate::table::{Align, Role, Table, Value};
use crate::words;
use evidence::Verdict;
use std::fmt::Write;

/// Tables without the long form; figures lie beside it.
pub(crate) fn render(report: &Report) -> String {
    let (name, question) = (name(&report.name), paragraph(&report.question));
    let mut out = format!("# {name}\n\n{question}\n");
    if !report.answer.is_empty() {
        let _ = write!(out, "\n{}\n", report.answer.join(" "));
    }
    write(&mut out, &report.blocks);
    out
}

fn write(out: &mut String, blocks: &[Block]) {
    for block in blocks {
        match block {
            Block::Section(section) => {
                let _ = write!(out, "\n## {}\n", name(&section.heading));
                write(out, &section.blocks);
            }
            Block::Table(table) if table.role == Role::Cells => {}
            Block::Table(table) => {
                let _ = write!(out, "\n{}\n\n{}", table.caption, set(table));
            }
            // Beside it, or on a page.
            Block::Figure(_)
            | Block::Map(_)
            | Block::Listing(_)
            | Block::Records(_)
            | Block::Long(_) => {}
            Block::Findings(findings) => {
                out.push('\n');
                findings.iter().for_each(|finding| list(out, finding));
            }
            Block::Notes(notes) => {
                out.push('\n');
                notes.iter().for_each(|note| item(out, note));
            }
        }
    }
}

fn item(out: &mut String, text: &str) {
    let _ = writeln!(out, "- {text}");
}

/// The verdict, then what it rests on.
fn list(out: &mut String, finding: &FindingBlock) {
    let verdict = &finding.verdict;
    let (says, tag) = (name(&finding.says), words::tag(verdict));
    let bodies: Vec<String> = finding.for_bodies.iter().map(|body| code(body)).collect();
    let bodies = match bodies.len() {
        0 => String::new(),
        1 => format!(", **for this body** ({})", bodies[0]),
        _ => format!(", **for these bodies** ({})", bodies.join(", ")),
    };
    item(out, &format!("{says}: **{}**{tag}{bodies}", verdict.name()));
    let effect = finding.effect.as_ref().map(words::effect);
    let compared = name(&finding.compared);
    let compared = match effect {
        Some(effect) => format!("{compared}: {effect}"),
        None => compared,
    };
    let reason = match verdict {
        Verdict::Undecided { why, more } => Some(words::outlook(why, *more)),
        _ => None,
    };
    let parts = [compared].into_iter().chain(reason);
    for part in parts.chain(finding.remarks.iter().cloned()) {
        out.push_str("  ");
        item(out, &part);
    }
}

/// A table with its heads and its last row.
fn set(table: &Table) -> String {
    let columns = table.columns.iter();
    let heads = columns.clone().map(|column| name(&column.name));
    let aligned: Vec<Align> = columns.map(|column| column.align).collect();
    let rows = table.rows.iter();
    let lines: Vec<Vec<String>> = [heads.collect()]
        .into_iter()
        .chain(rows.map(|row| row.iter().map(marked).collect()))
        .chain(table.foot.as_deref().and_then(foot))
        .collect();
    grid(&aligned, &lines)
}

fn marked(value: &Value) -> String {
    match value {
        Value::Text(text) => name(text),
        Value::Strong(value) => format!("**{}**", marked(value)),
        Value::Linked(value, _) => marked(value),
        value => words::value(value),
    }
}

/// The last row, its name set apart; none where it has no value.
fn foot(foot: &[Value]) -> Option<Vec<String>> {
    let (name, values) = foot.split_first()?;
    let name = format!("*{}*", marked(name));
    let is_empty = values.iter().all(|value| *value == Value::Absent);
    (!is_empty).then(|| {
        [name]
            .into_iter()
            .chain(values.iter().map(marked))
            .collect()
    })
}
