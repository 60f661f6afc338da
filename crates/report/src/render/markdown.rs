//! `table.md`: reads the same in a terminal and on a page.

use crate::blocks::{Block, FindingBlock, Report};
use crate::sentence::{code, line, name, paragraph};
use crate::table::{Align, Role, Table, Value};
use crate::words;
use evidence::Verdict;
use std::fmt::Write;

/// Tables without the long form; figures lie beside it.
pub(crate) fn render(report: &Report) -> String {
    let (name, question) = (name(&report.name), paragraph(&report.question));
    let mut out = format!("# {name}\n\n{question}\n");
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
                let _ = write!(out, "\n{}\n\n{}", table.caption, grid(table));
            }
            Block::Figure(_) => {}
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
    let (says, tag) = (line(&finding.says), words::tag(verdict));
    let bodies: Vec<String> = finding.for_bodies.iter().map(|body| code(body)).collect();
    let bodies = match bodies.len() {
        0 => String::new(),
        1 => format!(", **for this body** ({})", bodies[0]),
        _ => format!(", **for these bodies** ({})", bodies.join(", ")),
    };
    item(out, &format!("{says}: **{}**{tag}{bodies}", verdict.name()));
    let effect = finding.effect.as_ref().map(words::effect);
    let parts = [Some(name(&finding.compared)), effect];
    let reason = match verdict {
        Verdict::Undecided { why, more } => Some(words::outlook(why, *more)),
        _ => None,
    };
    let parts = parts.into_iter().flatten().chain(reason);
    for part in parts.chain(finding.remarks.iter().cloned()) {
        out.push_str("  ");
        item(out, &part);
    }
}

/// A table padded to even widths.
pub(crate) fn grid(table: &Table) -> String {
    let heads = table.columns.iter().map(|column| name(&column.name));
    let rows = table.rows.iter();
    let lines: Vec<Vec<String>> = [heads.collect()]
        .into_iter()
        .chain(rows.map(|row| row.iter().map(marked).collect()))
        .chain(table.foot.as_deref().and_then(foot))
        .collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let columns = table.columns.iter().enumerate();
    let columns: Vec<(Align, usize)> = columns
        .map(|(index, column)| (column.align, width(index).unwrap_or(0).max(3)))
        .collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (text, (align, width)) in line.iter().zip(&columns) {
            let pad = " ".repeat(width - text.chars().count());
            let _ = match align {
                Align::Left => write!(out, "| {text}{pad} "),
                Align::Right => write!(out, "| {pad}{text} "),
            };
        }
        out.push_str("|\n");
        if index == 0 {
            for (align, width) in &columns {
                let rule = "-".repeat(*width);
                let _ = match align {
                    Align::Left => write!(out, "|:{rule}-"),
                    Align::Right => write!(out, "|-{rule}:"),
                };
            }
            out.push_str("|\n");
        }
    }
    out
}

fn marked(value: &Value) -> String {
    match value {
        Value::Text(text) => name(text),
        Value::Strong(value) => format!("**{}**", marked(value)),
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
