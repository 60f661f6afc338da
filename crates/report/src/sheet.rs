//! How the cells of a study are laid out in tables.

use crate::error::ReportError;
use crate::file_names::file_names;
use evidence::{Choice, Place, Pooled, Question};
use std::collections::BTreeMap;
use tasks::Floor;

/// The axis whose values have floors and accuracies of their own.
pub(crate) const TASK: &str = "task";

/// What trivial strategies reach, in a row or a column of tables.
pub(crate) const FLOOR: &str = "trivial floor";

/// One table: the cells that share all axes but two.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The choices that all its cells share, apart from rows and columns.
    pub fixed: Choice,
    /// What its files are called by, behind their kind; empty where the study has no other table.
    pub name: String,
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    /// The columns as a reader meets them: a number by itself says nothing without its axis (`lr 1e-3`).
    pub heads: Vec<String>,
    /// `[rows][columns]`; `None` where no cell is planned.
    pub cells: Vec<Vec<Option<Pooled>>>,
    /// Whether a row is a task: then cells are compared along rows, else along columns.
    pub tasks_down: bool,
}

/// The tables of a study, the axes that are neither rows nor columns in file order.
pub(crate) fn sheets(question: &Question, cells: &[Pooled]) -> Result<Vec<Sheet>, ReportError> {
    let spec = &question.table;
    let values = |axis: &str| {
        let found = question.axes.iter().find(|known| known.key == axis);
        found
            .map(|axis| axis.values.clone())
            .ok_or_else(|| ReportError::NoAxis {
                axis: axis.to_owned(),
                known: question
                    .axes
                    .iter()
                    .map(|axis| axis.key.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    };
    let (rows, columns) = (values(&spec.rows)?, values(&spec.columns)?);
    let index: BTreeMap<Place, &Pooled> = cells
        .iter()
        .map(|cell| (Place::of(&cell.axes), cell))
        .collect();
    let sheet = |(fixed, name): (Choice, String)| {
        let at = |row: &String, column: &String| {
            let place = Place::of(&fixed);
            let place = place.at(&spec.rows, row).at(&spec.columns, column);
            index.get(&place).map(|cell| (*cell).clone())
        };
        // A filter may leave rows and columns without a single cell.
        let has_cells = |row: &&String| columns.iter().any(|column| at(row, column).is_some());
        let rows: Vec<String> = rows.iter().filter(has_cells).cloned().collect();
        let has_cells = |column: &&String| rows.iter().any(|row| at(row, column).is_some());
        let columns: Vec<String> = columns.iter().filter(has_cells).cloned().collect();
        let line = |row| columns.iter().map(|column| at(row, column)).collect();
        Sheet {
            cells: rows.iter().map(line).collect(),
            heads: columns
                .iter()
                .map(|value| label(&spec.columns, value))
                .collect(),
            fixed,
            name,
            rows,
            columns,
            tasks_down: spec.rows == TASK,
        }
    };
    let slices = slices(question);
    let names = file_names(&slices);
    Ok(slices
        .into_iter()
        .zip(names)
        .map(sheet)
        .filter(|sheet| !sheet.rows.is_empty())
        .collect())
}

/// A value as it reads without its axis: a number has the axis before it, by its short name.
pub(crate) fn label(axis: &str, value: &str) -> String {
    let short = match axis {
        "learning-rate" => "lr",
        axis => axis.rsplit('.').next().unwrap_or(axis),
    };
    match value.parse::<f64>() {
        Ok(_) => format!("{short} {value}"),
        Err(_) => value.to_owned(),
    }
}

/// Every choice of the axes that are neither rows nor columns.
fn slices(question: &Question) -> Vec<Choice> {
    let spec = &question.table;
    let others = question
        .axes
        .iter()
        .filter(|axis| axis.key != spec.rows && axis.key != spec.columns);
    others.fold(vec![Choice::new()], |slices, axis| {
        let longer = |choice: &Choice, value: &String| {
            let mut choice = choice.clone();
            choice.push((axis.key.clone(), value.clone()));
            choice
        };
        slices
            .iter()
            .flat_map(|choice| axis.values.iter().map(move |value| longer(choice, value)))
            .collect()
    })
}

fn floors<'a>(cells: impl Iterator<Item = &'a Pooled>) -> Vec<&'a Floor> {
    let mut floors: Vec<&Floor> = Vec::new();
    for floor in cells.filter_map(|cell| cell.floor.as_ref()) {
        if !floors.contains(&floor) {
            floors.push(floor);
        }
    }
    floors
}

impl Sheet {
    /// The planned cells, row by row.
    pub fn planned(&self) -> impl Iterator<Item = &Pooled> {
        self.cells.iter().flatten().flatten()
    }

    /// The planned cells of a column.
    pub fn column(&self, column: usize) -> impl Iterator<Item = &Pooled> {
        self.cells
            .iter()
            .filter_map(move |row| row[column].as_ref())
    }

    /// The planned cells of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &Pooled> {
        self.cells[row].iter().flatten()
    }

    /// The planned cells in groups that are held against each other: by column, or by row where that is a task.
    pub(crate) fn groups(&self) -> Vec<Vec<&Pooled>> {
        match self.tasks_down {
            true => (0..self.rows.len())
                .map(|row| self.row(row).collect())
                .collect(),
            false => (0..self.columns.len())
                .map(|column| self.column(column).collect())
                .collect(),
        }
    }

    /// The floors of a column, each once; several when its cells are different tasks.
    pub fn floors(&self, column: usize) -> Vec<&Floor> {
        floors(self.column(column))
    }

    /// The same of a row.
    pub fn floors_of_row(&self, row: usize) -> Vec<&Floor> {
        floors(self.row(row))
    }
}
