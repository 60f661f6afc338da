//! What is said of one sheet: accuracies, steps to one, differences to the reference, the paper's values, figures.

use super::layout::{columns, line};
use super::links::linked;
use super::steps::steps;
use crate::blocks::Block;
use crate::figure::{Sketch, sketches};
use crate::sentence;
use crate::sheet::{FLOOR, Sheet};
use crate::summary::Summary;
use crate::table::{Behind, Column, Found, Role, Table, Value};
use evidence::{PaperTable, Pooled, TEST_ACCURACY, Unit, Verdict, is_of_attention};
use tasks::Floor;

pub(super) fn sheet(summary: &Summary, sheet: &Sheet) -> Vec<Block> {
    let spec = &summary.question.table;
    let mut tables = vec![values(summary, sheet)];
    tables.extend(steps(summary, sheet));
    if let Some((_, reference)) = &spec.reference {
        tables.push(differences(summary, sheet, reference));
    }
    let papers = summary.question.paper.iter();
    let papers = papers.filter(|_| spec.measure == &TEST_ACCURACY);
    let known = papers.filter(|paper| {
        sheet
            .planned()
            .any(|cell| paper.value(&cell.axes).is_some())
    });
    tables.extend(known.map(|paper| beside(summary, sheet, paper)));
    let figures = sketches(summary, sheet).into_iter().map(Sketch::block);
    let tables = tables.into_iter().map(Block::Table);
    tables.chain(figures.map(Block::Figure)).collect()
}

fn values(summary: &Summary, sheet: &Sheet) -> Table {
    let spec = &summary.question.table;
    let measure = spec.measure;
    let lines = sheet.rows.iter().zip(&sheet.cells);
    let mut table = Table {
        role: Role::Accuracies(measure.direction),
        caption: format!(
            "{} {}: mean ± half width of the 95 % t interval (replicates)",
            measure.label,
            measure.unit.words()
        ),
        columns: columns(&spec.rows, sheet.heads.clone()),
        rows: lines
            .map(|(row, cells)| line(summary, row, cells, |cell| value(summary, cell)))
            .collect(),
        foot: None,
    };
    if measure == &TEST_ACCURACY {
        hold_against_floors(sheet, &mut table);
    }
    table
}

/// Below each column what trivial strategies reach there, or beside each row that is a task.
fn hold_against_floors(sheet: &Sheet, table: &mut Table) {
    match sheet.tasks_down {
        true => {
            table.columns.push(Column::right(FLOOR));
            for (row, values) in table.rows.iter_mut().enumerate() {
                values.push(floor(&sheet.floors_of_row(row)));
            }
        }
        false => {
            let floors = (0..sheet.columns.len()).map(|column| floor(&sheet.floors(column)));
            table.foot = Some([Value::text(FLOOR)].into_iter().chain(floors).collect());
        }
    }
}

/// The mean; a pilot's test accuracy until a replicate is there.
fn value(summary: &Summary, cell: &Pooled) -> Value {
    let measure = summary.question.table.measure;
    match cell.estimate {
        // Its runs are there, and have no such reading.
        None if cell.parameters.is_some() && is_of_attention(measure) => Value::Absent,
        None => summary.pilot(cell).map_or(Value::Unfinished, Value::Pilot),
        Some(estimate) => Value::Mean {
            estimate,
            unit: measure.unit,
            behind: Behind::Counted {
                asked: cell.expected,
            },
            diverged: cell.diverged > 0,
        },
    }
}

/// The best trivial strategy; a range where several tasks are mixed.
fn floor(floors: &[&Floor]) -> Value {
    let shares = || floors.iter().map(|floor| floor.accuracy);
    match shares().reduce(f64::min).zip(shares().reduce(f64::max)) {
        Some((low, high)) => Value::Shares(low, high),
        None => Value::Absent,
    }
}

fn differences(summary: &Summary, sheet: &Sheet, reference: &str) -> Table {
    let spec = &summary.question.table;
    let unit = spec.measure.unit;
    let lines = sheet.rows.iter().zip(&sheet.cells);
    let compared = lines.filter(|(_, cells)| {
        let mut cells = cells.iter().flatten();
        cells.any(|cell| cell.against.is_some())
    });
    Table {
        role: Role::Differences,
        caption: format!(
            "Difference to {} {}, paired by replicate: mean ± half width of the 95 % t interval",
            sentence::name(reference),
            match unit {
                Unit::Share => "in points",
                unit => unit.words(),
            }
        ),
        columns: columns(&spec.rows, sheet.heads.clone()),
        rows: compared
            .map(|(row, cells)| line(summary, row, cells, |cell| difference(cell, unit)))
            .collect(),
        foot: None,
    }
}

fn difference(cell: &Pooled, unit: Unit) -> Value {
    let Some(against) = &cell.against else {
        return Value::text("reference");
    };
    against
        .lead
        .map_or(Value::Unfinished, |estimate| Value::Difference {
            estimate,
            unit,
            found: against.decided.as_ref().and_then(found),
        })
}

const fn found(verdict: &Verdict) -> Option<Found> {
    match verdict {
        Verdict::Supported { .. } | Verdict::Refuted { .. } => Some(Found::Apart),
        Verdict::SmallerThan => Some(Found::Close),
        Verdict::Undecided { .. } => None,
    }
}

fn beside(summary: &Summary, sheet: &Sheet, paper: &PaperTable) -> Table {
    let spec = &summary.question.table;
    let names = [&*spec.columns, &*spec.rows].map(Column::left);
    let numbers = ["paper", "ours", "difference", "floor"].map(Column::right);
    let mut rows = Vec::new();
    for (index, column) in sheet.columns.iter().enumerate() {
        for (row, cells) in sheet.rows.iter().zip(&sheet.cells) {
            let Some(cell) = &cells[index] else {
                continue;
            };
            let Some(paper) = paper.value(&cell.axes) else {
                continue;
            };
            let ours = cell.estimate.map(|estimate| estimate.mean);
            let floor = cell.floor.as_ref().map(|floor| floor.accuracy);
            rows.push(vec![
                Value::text(column),
                Value::text(row),
                Value::Cited(paper.accuracy, paper.flag),
                linked(
                    summary,
                    &cell.axes,
                    ours.map_or(Value::Unfinished, Value::Share),
                ),
                ours.map_or(Value::Absent, |ours| Value::Points(ours - paper.accuracy)),
                floor.map_or(Value::Absent, Value::Share),
            ]);
        }
    }
    Table {
        role: Role::Paper,
        caption: format!("Beside the paper, {}", sentence::name(&paper.title)),
        columns: names.into_iter().chain(numbers).collect(),
        rows,
        foot: None,
    }
}
