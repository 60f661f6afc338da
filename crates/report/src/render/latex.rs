//! `table.tex`: the accuracies, for a paper that loads `booktabs`.

use crate::blocks::{Block, Report};
use crate::table::{Align, Role, Table, Value};
use crate::words;
use std::fmt::Write;

/// The whole file: one `tabular` for each table of accuracies.
pub(crate) fn render(report: &Report) -> String {
    let head = format!(
        "% {}: test accuracy in percent, mean ± half width of the 95 % t interval (seeds).\n\
         % Needs \\usepackage{{booktabs}}.\n",
        report.name
    );
    head + &tabulars(&report.blocks)
}

/// The tables among the blocks, under the headings of their sections.
fn tabulars(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Table(table) if table.role == Role::Accuracies => out.push_str(&tabular(table)),
            Block::Section(section) => {
                let inside = tabulars(&section.blocks);
                if !inside.is_empty() {
                    let _ = write!(out, "\n% {}\n{inside}", section.heading);
                }
            }
            _ => {}
        }
    }
    out
}

fn tabular(table: &Table) -> String {
    let columns = table.columns.iter();
    let aligned = columns.clone().map(|column| match column.align {
        Align::Left => 'l',
        Align::Right => 'r',
    });
    let aligned: String = aligned.collect();
    let mut out = format!("\\begin{{tabular}}{{{aligned}}}\n\\toprule\n");
    out.push_str(&line(columns.map(|column| escape(&column.name))));
    out.push_str("\\midrule\n");
    for row in &table.rows {
        out.push_str(&line(row.iter().map(set)));
    }
    if let Some(foot) = &table.foot {
        out.push_str("\\midrule\n");
        out.push_str(&line(foot.iter().map(set)));
    }
    out.push_str("\\bottomrule\n\\end{tabular}\n");
    out
}

fn line(values: impl Iterator<Item = String>) -> String {
    format!("{} \\\\\n", values.collect::<Vec<_>>().join(" & "))
}

fn set(value: &Value) -> String {
    escape(&words::value(value))
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '±' => out.push_str("$\\pm$"),
            '−' => out.push_str("$-$"),
            '–' => out.push_str("--"),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
