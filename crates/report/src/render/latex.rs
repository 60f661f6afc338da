//! `table.tex`: the accuracies with the steps to one, for a paper that loads `booktabs`.

use crate::blocks::{Block, Report};
use crate::sentence::line;
use crate::table::{Align, Role, Table, Value};
use crate::words;
use std::fmt::Write;

/// The whole file: one `tabular` for each table of accuracies, and of the steps to one.
pub(crate) fn render(report: &Report) -> String {
    let head = format!(
        "% {}: test accuracy in percent, mean ± half width of the 95 % t interval (replicates).\n\
         % Needs \\usepackage{{booktabs}}.\n",
        line(&report.name)
    );
    head + &tabulars(&report.blocks)
}

/// The tables among the blocks, under the headings of their sections.
fn tabulars(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Table(table) if table.role == Role::Accuracies => out.push_str(&tabular(table)),
            Block::Table(table) if table.role == Role::Steps => {
                let _ = write!(out, "\n% {}\n{}", line(&table.caption), tabular(table));
            }
            Block::Section(section) => {
                let inside = tabulars(&section.blocks);
                if !inside.is_empty() {
                    let _ = write!(out, "\n% {}\n{inside}", line(&section.heading));
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
    out.push_str(&row(columns.map(|column| escape(&column.name))));
    out.push_str("\\midrule\n");
    for values in &table.rows {
        out.push_str(&row(values.iter().map(set)));
    }
    if let Some(foot) = &table.foot {
        out.push_str("\\midrule\n");
        out.push_str(&row(foot.iter().map(set)));
    }
    out.push_str("\\bottomrule\n\\end{tabular}\n");
    out
}

fn row(values: impl Iterator<Item = String>) -> String {
    let values = values.collect::<Vec<_>>().join(" & ");
    // Behind the end of the row before, these would be its argument and its star.
    let guard = match values.starts_with(['[', '*']) {
        true => "{}",
        false => "",
    };
    format!("{guard}{values} \\\\\n")
}

fn set(value: &Value) -> String {
    escape(&words::value(value))
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in line(text).chars() {
        match c {
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
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
