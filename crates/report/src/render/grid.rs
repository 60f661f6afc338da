use crate::table::Align;
use std::fmt::Write;

/// A table of Markdown, padded to even widths; the first line are its heads. Texts are escaped already.
pub(crate) fn grid(columns: &[Align], lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let columns = columns.iter().enumerate();
    let columns: Vec<(Align, usize)> = columns
        .map(|(index, align)| (*align, width(index).unwrap_or(0).max(3)))
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
