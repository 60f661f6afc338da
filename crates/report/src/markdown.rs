//! `table.md`: reads the same in a terminal and on a page.

use crate::Summary;
use crate::format::{choice, floor_cell, p_value, percent, plus_minus, signed};
use crate::prose::{claim, notes};
use crate::sheet::{Against, Place, Sheet};
use crate::statistics::Estimate;
use std::fmt::Write;

/// The whole file.
pub(crate) fn render(summary: &Summary) -> String {
    let question = &summary.question;
    let mut out = format!("# {}\n\n{}\n", question.name, question.question);
    for sheet in &summary.sheets {
        if !sheet.fixed.is_empty() {
            let _ = write!(out, "\n## {}\n", choice(&sheet.fixed));
        }
        out.push_str(
            "\nTest accuracy in percent: mean ± half width of the 95 % t interval (seeds)\n\n",
        );
        out.push_str(&accuracies(summary, sheet));
        if let Some(reference) = &question.table.reference {
            let _ = write!(
                out,
                "\nDifference to {} in points, paired by seed: mean ± half width of the 95 % t \
                 interval, exact p\n\n",
                reference.1
            );
            out.push_str(&differences(summary, sheet));
        }
        if let Some(paper) = &summary.paper
            && sheet.planned().any(|place| place.paper.is_some())
        {
            let _ = write!(out, "\nBeside the paper, {}\n\n", paper.title);
            out.push_str(&beside(summary, sheet));
        }
    }
    let further = further(summary);
    if further.len() > 1 {
        out.push_str("\n## Further test sets\n\nTest accuracy in percent of the same weights\n\n");
        out.push_str(&grid_of(&further, further[0].len() - 1));
    }
    if !summary.chosen.is_empty() {
        out.push_str(
            "\n## Learning rates\n\nValidation accuracy in percent at each rate, and the test \
             accuracy there, which had no say; **chosen** by the first\n\n",
        );
        out.push_str(&rates(summary));
    }
    if !summary.findings.is_empty() {
        out.push_str("\n## Claims\n\n");
        summary
            .findings
            .iter()
            .for_each(|finding| out.push_str(&claim(finding)));
    }
    out.push_str("\n## Reading\n\n");
    notes(summary).into_iter().for_each(|note| {
        let _ = writeln!(out, "- {note}");
    });
    out
}

fn accuracies(summary: &Summary, sheet: &Sheet) -> String {
    let spec = &summary.question.table;
    let mut lines = vec![head(&spec.rows, &sheet.columns)];
    for (row, places) in sheet.rows.iter().zip(&sheet.places) {
        lines.push(line(row, places, accuracy));
    }
    let floors: Vec<_> = (0..sheet.columns.len())
        .map(|column| sheet.floors(column))
        .collect();
    if floors.iter().any(|floors| !floors.is_empty()) {
        let cells = floors.iter().map(|floors| floor_cell(floors));
        lines.push(
            [String::from("*trivial floor*")]
                .into_iter()
                .chain(cells)
                .collect(),
        );
    }
    grid(&lines)
}

/// `95.4 ± 0.3 (3)`, or what is still missing.
pub(crate) fn accuracy(place: &Place) -> String {
    let Some(estimate) = place.estimate else {
        return "unfinished".to_owned();
    };
    let seeds = match estimate.n {
        n if n < place.expected => format!("{n} of {}", place.expected),
        n => n.to_string(),
    };
    let dagger = if place.diverged > 0 { " †" } else { "" };
    let number = plus_minus(&estimate, 100.0, 1, false);
    format!("{number} ({seeds}){dagger}")
}

fn differences(summary: &Summary, sheet: &Sheet) -> String {
    let mut lines = vec![head(&summary.question.table.rows, &sheet.columns)];
    for (row, places) in sheet.rows.iter().zip(&sheet.places) {
        if places.iter().flatten().any(|place| place.against.is_some()) {
            lines.push(line(row, places, |place| match &place.against {
                Some(against) => difference(against),
                None => "reference".to_owned(),
            }));
        }
    }
    grid(&lines)
}

/// `+4.4 ± 1.0, p 0.25`; a `*` where the verdict is decided.
fn difference(against: &Against) -> String {
    let Some(difference) = &against.difference else {
        return "unfinished".to_owned();
    };
    let mut text = plus_minus(difference, 100.0, 1, true);
    if let Some(p) = against.p {
        let _ = write!(text, ", p {}", p_value(p));
    }
    if against.verdict.reason().is_none() {
        text.push_str(" *");
    }
    text
}

fn beside(summary: &Summary, sheet: &Sheet) -> String {
    let spec = &summary.question.table;
    let names = [
        &spec.columns,
        &spec.rows,
        "paper",
        "ours",
        "difference",
        "floor",
    ];
    let mut lines = vec![names.map(str::to_owned).to_vec()];
    for (index, column) in sheet.columns.iter().enumerate() {
        for (row, places) in sheet.rows.iter().zip(&sheet.places) {
            let Some(place) = &places[index] else {
                continue;
            };
            let Some(paper) = place.paper else { continue };
            let ours = place.estimate.map(|estimate| estimate.mean);
            lines.push(vec![
                column.clone(),
                row.clone(),
                format!("{} ({})", percent(paper.accuracy), paper.flag.name()),
                ours.map_or_else(|| "unfinished".to_owned(), percent),
                ours.map_or_else(
                    || "–".to_owned(),
                    |ours| signed(ours - paper.accuracy, 100.0, 1),
                ),
                place
                    .floor
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), |f| percent(f.accuracy)),
            ]);
        }
    }
    grid_of(&lines, 2)
}

/// A line for each cell and test set that the tables above do not show, after a head.
fn further(summary: &Summary) -> Vec<Vec<String>> {
    let axes = summary.question.axes.iter().map(|axis| axis.key.clone());
    let names = ["test set", "accuracy"].map(str::to_owned);
    let mut lines = vec![axes.chain(names).collect::<Vec<_>>()];
    for place in summary.sheets.iter().flat_map(Sheet::planned) {
        for (name, estimate) in &place.further {
            let axes = place.axes.iter().map(|(_, value)| value.clone());
            let accuracy = format!("{} ({})", plus_minus(estimate, 100.0, 1, false), estimate.n);
            let rest = [name.clone(), accuracy];
            lines.push(axes.chain(rest).collect());
        }
    }
    lines
}

/// A line for each cell and rate.
fn rates(summary: &Summary) -> String {
    let axes = summary.question.axes.iter().map(|axis| axis.key.clone());
    let names = ["learning rate", "validation", "test"].map(str::to_owned);
    let mut lines = vec![axes.chain(names).collect::<Vec<_>>()];
    let left = lines[0].len() - 3;
    for chosen in &summary.chosen {
        for (index, trial) in chosen.trials.iter().enumerate() {
            let best = chosen.best == Some(index);
            let mark = |text: String| match best {
                true => format!("**{text}**"),
                false => text,
            };
            let number = |estimate: Option<Estimate>| match estimate {
                Some(estimate) if estimate.n < trial.expected => format!(
                    "{} ({} of {})",
                    plus_minus(&estimate, 100.0, 1, false),
                    estimate.n,
                    trial.expected
                ),
                Some(estimate) => plus_minus(&estimate, 100.0, 1, false),
                None => "unfinished".to_owned(),
            };
            let mut line: Vec<String> =
                chosen.axes.iter().map(|(_, value)| value.clone()).collect();
            line.push(mark(trial.rate.clone()));
            line.push(mark(number(trial.validation)));
            line.push(number(trial.test));
            lines.push(line);
        }
    }
    grid_of(&lines, left)
}

fn head(rows: &str, columns: &[String]) -> Vec<String> {
    [rows.to_owned()]
        .into_iter()
        .chain(columns.iter().cloned())
        .collect()
}

fn line(row: &str, places: &[Option<Place>], text: impl Fn(&Place) -> String) -> Vec<String> {
    let cells = places
        .iter()
        .map(|place| place.as_ref().map_or_else(|| "–".to_owned(), &text));
    [row.to_owned()].into_iter().chain(cells).collect()
}

fn grid(lines: &[Vec<String>]) -> String {
    grid_of(lines, 1)
}

/// A table padded to even widths: the first `left` columns flush left, the others flush right.
fn grid_of(lines: &[Vec<String>], left: usize) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0).max(3))
        .collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width - cell.chars().count());
            let (before, after) = if column < left {
                ("", pad.as_str())
            } else {
                (&*pad, "")
            };
            let _ = write!(out, "| {before}{cell}{after} ");
        }
        out.push_str("|\n");
        if index == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let (before, after) = if column < left {
                    (":", "-")
                } else {
                    ("-", ":")
                };
                let _ = write!(out, "|{before}{}{after}", "-".repeat(width));
            }
            out.push_str("|\n");
        }
    }
    out
}
