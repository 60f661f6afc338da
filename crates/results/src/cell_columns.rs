//! The columns that say which cell a row belongs to.

use crate::dictionary::AXIS;
use crate::error::ResultsError;
use crate::frame::Frame;
use evidence::{Cell, seed};
use training::JobId;

/// The axis that a learning rate on trial stands on in a file, behind the others.
const RATE: &str = "learning-rate";

/// Adds them. Cells of several grids may stand in one file: an axis that a cell does not have is empty.
pub(crate) fn add(frame: &mut Frame, cells: &[&Cell]) {
    let mut axes: Vec<&str> = Vec::new();
    for (axis, _) in cells.iter().flat_map(|cell| &cell.axes) {
        if !axes.contains(&axis.as_str()) {
            axes.push(axis);
        }
    }
    for axis in axes {
        let value = |cell: &&Cell| {
            let found = cell.axes.iter().find(|(name, _)| name == axis);
            found.map(|(_, value)| value.clone())
        };
        frame.add(format!("{AXIS}{axis}"), cells.iter().map(value));
    }
    if cells.iter().any(|cell| cell.rate.is_some()) {
        let rate = |cell: &&Cell| cell.rate.map(|rate| rate.to_string());
        frame.add(format!("{AXIS}{RATE}"), cells.iter().map(rate));
    }
    // Whoever takes means of a file has to leave pilots out.
    let pilot = |cell: &&Cell| seed::pilot_of(cell.seed);
    frame.add_rare("pilot", cells.iter().map(pilot).collect());
    frame.add("seed", cells.iter().map(|cell| cell.seed));
    frame.add("job", cells.iter().map(|cell| cell.job.0.clone()));
}

/// Puts the rate among the axes, for a file with cells of several grids.
pub(crate) fn put_on_axis(cell: &mut Cell) {
    if let Some(rate) = cell.rate.take() {
        cell.axes.push((RATE.to_owned(), rate.to_string()));
    }
}

/// The cell of each row. A file does not tell learning rates on trial from an axis, where they stay.
pub(crate) fn get(frame: &Frame) -> Result<Vec<Cell>, ResultsError> {
    let seeds: Vec<u64> = frame.get("seed")?;
    let jobs: Vec<String> = frame.get("job")?;
    let cell = |(seed, job)| Cell {
        axes: Vec::new(),
        rate: None,
        seed,
        job: JobId(job),
    };
    let mut cells: Vec<Cell> = seeds.into_iter().zip(jobs).map(cell).collect();
    for name in frame.names() {
        let Some(axis) = name.strip_prefix(AXIS) else {
            continue;
        };
        let values: Vec<Option<String>> = frame.get(name)?;
        for (cell, value) in cells.iter_mut().zip(values) {
            cell.axes
                .extend(value.map(|value| (axis.to_owned(), value)));
        }
    }
    Ok(cells)
}
