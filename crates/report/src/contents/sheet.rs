//! What is said of one sheet: accuracies, differences to the reference, the paper's values, figures.

use crate::blocks::{Block, FigureBlock};
use crate::figure::sketches;
use crate::paper::PaperTable;
use crate::sheet::{Against, Place, Sheet};
use crate::summary::Summary;
use crate::table::{Column, Role, Seeds, Table, Value};

pub(super) fn sheet(summary: &Summary, sheet: &Sheet) -> Vec<Block> {
    let spec = &summary.question.table;
    let mut tables = vec![accuracies(&spec.rows, sheet)];
    if let Some((_, reference)) = &spec.reference {
        tables.push(differences(&spec.rows, sheet, reference));
    }
    if let Some(paper) = &summary.paper
        && sheet.planned().any(|place| place.paper.is_some())
    {
        tables.push(beside(summary, sheet, paper));
    }
    let figures = sketches(summary, sheet)
        .into_iter()
        .map(|sketch| FigureBlock {
            name: sketch.name,
            title: sketch.title,
            caption: sketch.caption,
        });
    let tables = tables.into_iter().map(Block::Table);
    tables.chain(figures.map(Block::Figure)).collect()
}

fn accuracies(rows: &str, sheet: &Sheet) -> Table {
    let floors = (0..sheet.columns.len()).map(|column| floor(sheet, column));
    let foot = [Value::text("trivial floor")].into_iter().chain(floors);
    let lines = sheet.rows.iter().zip(&sheet.places);
    Table {
        role: Role::Accuracies,
        caption: "Test accuracy in percent: mean ± half width of the 95 % t interval (seeds)"
            .to_owned(),
        columns: columns(rows, sheet),
        rows: lines
            .map(|(row, places)| line(row, places, accuracy))
            .collect(),
        foot: Some(foot.collect()),
    }
}

fn accuracy(place: &Place) -> Value {
    match place.estimate {
        None => Value::Unfinished,
        Some(estimate) => Value::Mean {
            estimate,
            seeds: Seeds::Counted {
                asked: place.expected,
            },
            diverged: place.diverged > 0,
        },
    }
}

/// The best trivial strategy of a column; a range where it mixes tasks.
fn floor(sheet: &Sheet, column: usize) -> Value {
    let floors = sheet.floors(column);
    let shares = || floors.iter().map(|floor| floor.accuracy);
    match shares().reduce(f64::min).zip(shares().reduce(f64::max)) {
        Some((low, high)) => Value::Shares(low, high),
        None => Value::Absent,
    }
}

fn differences(rows: &str, sheet: &Sheet, reference: &str) -> Table {
    let lines = sheet.rows.iter().zip(&sheet.places);
    let compared = lines.filter(|(_, places)| {
        let mut places = places.iter().flatten();
        places.any(|place| place.against.is_some())
    });
    Table {
        role: Role::Differences,
        caption: format!(
            "Difference to {reference} in points, paired by seed: mean ± half width of the 95 % t \
             interval, exact p"
        ),
        columns: columns(rows, sheet),
        rows: compared
            .map(|(row, places)| line(row, places, difference))
            .collect(),
        foot: None,
    }
}

fn difference(place: &Place) -> Value {
    match &place.against {
        None => Value::text("reference"),
        Some(Against {
            difference: None, ..
        }) => Value::Unfinished,
        Some(Against {
            difference: Some(estimate),
            p,
            verdict,
            ..
        }) => Value::Difference {
            estimate: *estimate,
            p: *p,
            decided: verdict.reason().is_none(),
        },
    }
}

fn beside(summary: &Summary, sheet: &Sheet, paper: &PaperTable) -> Table {
    let spec = &summary.question.table;
    let names = [&*spec.columns, &*spec.rows].map(Column::left);
    let numbers = ["paper", "ours", "difference", "floor"].map(Column::right);
    let mut rows = Vec::new();
    for (index, column) in sheet.columns.iter().enumerate() {
        for (row, places) in sheet.rows.iter().zip(&sheet.places) {
            let Some(place) = &places[index] else {
                continue;
            };
            let Some(paper) = place.paper else { continue };
            let ours = place.estimate.map(|estimate| estimate.mean);
            let floor = place.floor.as_ref().map(|floor| floor.accuracy);
            rows.push(vec![
                Value::text(column),
                Value::text(row),
                Value::Cited(paper.accuracy, paper.flag),
                ours.map_or(Value::Unfinished, Value::Share),
                ours.map_or(Value::Absent, |ours| Value::Points(ours - paper.accuracy)),
                floor.map_or(Value::Absent, Value::Share),
            ]);
        }
    }
    Table {
        role: Role::Paper,
        caption: format!("Beside the paper, {}", paper.title),
        columns: names.into_iter().chain(numbers).collect(),
        rows,
        foot: None,
    }
}

fn columns(rows: &str, sheet: &Sheet) -> Vec<Column> {
    let columns = sheet.columns.iter().map(Column::right);
    [Column::left(rows)].into_iter().chain(columns).collect()
}

fn line(row: &str, places: &[Option<Place>], value: impl Fn(&Place) -> Value) -> Vec<Value> {
    let values = places
        .iter()
        .map(|place| place.as_ref().map_or(Value::Absent, &value));
    [Value::text(row)].into_iter().chain(values).collect()
}
