//! `table.tex`: the accuracies, for a paper that loads `booktabs`.

use crate::Summary;
use crate::format::{choice, floor_cell};
use crate::markdown::accuracy;
use crate::sheet::Sheet;
use std::fmt::Write;

/// The whole file: one `tabular` for each sheet.
pub(crate) fn render(summary: &Summary) -> String {
    let mut out = format!(
        "% {}: test accuracy in percent, mean ± half width of the 95 % t interval (seeds).\n\
         % Needs \\usepackage{{booktabs}}.\n",
        summary.question.name
    );
    for sheet in &summary.sheets {
        if !sheet.fixed.is_empty() {
            let _ = writeln!(out, "\n% {}", choice(&sheet.fixed));
        }
        out.push_str(&tabular(&summary.question.table.rows, sheet));
    }
    out
}

fn tabular(rows: &str, sheet: &Sheet) -> String {
    let mut out = format!(
        "\\begin{{tabular}}{{l{}}}\n\\toprule\n",
        "r".repeat(sheet.columns.len())
    );
    out.push_str(&line(rows, sheet.columns.iter().cloned()));
    out.push_str("\\midrule\n");
    for (row, places) in sheet.rows.iter().zip(&sheet.places) {
        let cell = |place: &Option<_>| place.as_ref().map_or_else(|| "–".to_owned(), accuracy);
        out.push_str(&line(row, places.iter().map(cell)));
    }
    out.push_str("\\midrule\n");
    let floors = (0..sheet.columns.len()).map(|column| floor_cell(&sheet.floors(column)));
    out.push_str(&line("trivial floor", floors));
    out.push_str("\\bottomrule\n\\end{tabular}\n");
    out
}

fn line(first: &str, rest: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = std::iter::once(first.to_owned())
        .chain(rest)
        .map(|c| escape(&c))
        .collect();
    format!("{} \\\\\n", cells.join(" & "))
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
