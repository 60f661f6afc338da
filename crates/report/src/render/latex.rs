//! `table.tex`: the accuracies with the steps to one, for a paper that loads `booktabs`.

use super::best::{best, is_of_tasks};
use crate::blocks::{Block, Report};
use crate::format::{fixed, percent};
use crate::sentence::line;
use crate::sheet::FLOOR;
use crate::table::{Align, Behind, Role, Table, Value};
use crate::words;
use evidence::Estimate;
use std::fmt::Write;

/// How numbers are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As they read, with the replicates in brackets.
    AsText,
    /// In `S` columns of siunitx, `96.7 +- 0.3`; the replicates are in the comment above.
    Siunitx,
}

/// The whole file: one `tabular` for each table of accuracies, and of the steps to one.
pub(super) fn render(report: &Report, numbers: Numbers) -> String {
    let needed = match numbers {
        Numbers::AsText => "\\usepackage{booktabs}",
        Numbers::Siunitx => {
            "\\usepackage{booktabs,siunitx} and \\sisetup{separate-uncertainty, detect-weight, mode=text}"
        }
    };
    let group = match has_rows_of_tasks(&report.blocks) {
        true => "row",
        false => "column",
    };
    let head = format!(
        "% {}. Bold: the best mean of a {group}, as far as its printed digits tell; no test is behind it.\n\
         % Needs {needed}.\n",
        line(&report.name)
    );
    head + &tabulars(&report.blocks, numbers)
}

fn has_rows_of_tasks(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Table(table) => matches!(table.role, Role::Accuracies(_)) && is_of_tasks(table),
        Block::Section(section) => has_rows_of_tasks(&section.blocks),
        _ => false,
    })
}

/// The tables among the blocks, under the headings of their sections.
fn tabulars(blocks: &[Block], numbers: Numbers) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Table(table) if matches!(table.role, Role::Accuracies(_) | Role::Steps) => {
                let _ = write!(
                    out,
                    "\n% {}\n{}",
                    line(&table.caption),
                    tabular(table, numbers)
                );
            }
            Block::Section(section) => {
                let inside = tabulars(&section.blocks, numbers);
                if !inside.is_empty() {
                    let _ = write!(out, "\n% {}\n{inside}", line(&section.heading));
                }
            }
            _ => {}
        }
    }
    out
}

fn tabular(table: &Table, numbers: Numbers) -> String {
    let best = best(table);
    let columns = table.columns.iter().enumerate();
    let aligned = columns.map(|(index, column)| match (column.align, numbers) {
        (Align::Left, _) => "l".to_owned(),
        (Align::Right, Numbers::AsText) => "r".to_owned(),
        (Align::Right, Numbers::Siunitx) => format!("S[table-format={}]", widest(table, index)),
    });
    let aligned: String = aligned.collect();
    let mut out = match numbers {
        Numbers::AsText => String::new(),
        Numbers::Siunitx => replicates(table),
    };
    let _ = write!(out, "\\begin{{tabular}}{{{aligned}}}\n\\toprule\n");
    out.push_str(&row(table.columns.iter().map(|column| {
        match (column.align, numbers) {
            (Align::Right, Numbers::Siunitx) => format!("{{{}}}", escape(&column.name)),
            _ => escape(&column.name),
        }
    })));
    out.push_str("\\midrule\n");
    for (index, values) in table.rows.iter().enumerate() {
        let values = values.iter().enumerate();
        out.push_str(&row(values.map(|(column, value)| {
            set(value, numbers, best.contains(&(index, column)))
        })));
    }
    if let Some(foot) = &table.foot {
        out.push_str("\\midrule\n");
        out.push_str(&row(foot.iter().map(|value| set(value, numbers, false))));
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

fn set(value: &Value, numbers: Numbers, is_best: bool) -> String {
    let number = match numbers {
        Numbers::AsText => None,
        Numbers::Siunitx => number(value),
    };
    match (number, numbers, value) {
        (Some(number), ..) if is_best => format!("\\bfseries {number}"),
        (Some(number), ..) => number,
        (None, Numbers::Siunitx, Value::Text(_)) => escape(&words::value(value)),
        (None, Numbers::Siunitx, _) => format!("{{{}}}", escape(&words::value(value))),
        (None, Numbers::AsText, _) if is_best => {
            format!("\\textbf{{{}}}", escape(&words::value(value)))
        }
        (None, Numbers::AsText, _) => escape(&words::value(value)),
    }
}

/// As siunitx reads it; `None` of what is no number, or is a bound.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Mean { estimate, unit, .. } => {
            let (scale, digits) = unit.scale();
            Some(uncertain(estimate, scale, digits))
        }
        Value::Steps { arrival, .. } if arrival.arrived == arrival.runs => {
            Some(format!("{:.0}", arrival.steps.mean))
        }
        Value::Share(share) => Some(percent(*share)),
        Value::Shares(low, high) if percent(*low) == percent(*high) => Some(percent(*low)),
        Value::Strong(inner) | Value::Linked(inner, _) => number(inner),
        _ => None,
    }
}

fn uncertain(estimate: &Estimate, scale: f64, digits: usize) -> String {
    let mean = fixed(scale * estimate.mean, digits);
    match estimate.half_width {
        Some(half) => format!("{mean} +- {}", fixed(scale * half, digits)),
        None => mean,
    }
}

/// Room for the longest number of a column: digits before and behind the point, and of the uncertainty in its last places.
fn widest(table: &Table, index: usize) -> String {
    let rows = table.rows.iter().chain(&table.foot);
    let numbers: Vec<String> = rows.filter_map(|row| number(&row[index])).collect();
    let (mut whole, mut behind, mut off) = (1, 0, 0);
    for number in &numbers {
        let (mean, half) = number.split_once(" +- ").unwrap_or((number, ""));
        let (left, right) = mean.split_once('.').unwrap_or((mean, ""));
        whole = whole.max(left.len());
        behind = behind.max(right.len());
        let digits = half.replace('.', "");
        off = off.max(
            digits
                .trim_start_matches('0')
                .len()
                .max(usize::from(!half.is_empty())),
        );
    }
    let point = match behind {
        0 => whole.to_string(),
        behind => format!("{whole}.{behind}"),
    };
    match off {
        0 => point,
        off => format!("{point}({off})"),
    }
}

/// How many are behind each mean, column by column, which an `S` column has no room for.
fn replicates(table: &Table) -> String {
    let mut out = String::new();
    for values in &table.rows {
        let counted = values[1..].iter().enumerate();
        let counted = counted.filter(|(index, _)| table.columns[index + 1].name != FLOOR);
        let counts: Vec<String> = counted.map(|(_, value)| count(value)).collect();
        if counts.iter().any(|count| count != "-") {
            let name = line(&words::value(&values[0]));
            let _ = writeln!(out, "% replicates of {name}: {}", counts.join(", "));
        }
    }
    out
}

/// `3`, `2 of 3` where some are missing, with a word where a run diverged.
fn count(value: &Value) -> String {
    let of = |n: usize, asked: usize| match n < asked {
        true => format!("{n} of {asked}"),
        false => n.to_string(),
    };
    match value {
        Value::Mean {
            estimate,
            behind: Behind::Counted { asked } | Behind::Missing { asked },
            diverged,
            ..
        } => {
            let diverged = if *diverged { " (one diverged)" } else { "" };
            of(estimate.n, *asked) + diverged
        }
        Value::Steps { arrival, asked } => of(arrival.steps.n, *asked),
        Value::Strong(inner) | Value::Linked(inner, _) => count(inner),
        _ => "-".to_owned(),
    }
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
