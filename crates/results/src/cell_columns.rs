//! The columns that say which cell a row belongs to.

use crate::error::ResultsError;
use crate::frame::Frame;
use evidence::{Cell, Rate};
use training::JobId;

/// The axis that a learning rate on trial stands on in a file, behind the others.
const RATE: &str = "learning-rate";

/// Before the name of an axis, so that an axis may be called like any other column.
const AXIS: &str = "axis_";

/// Adds them. All cells have the axes of the first, in whichever order.
pub(crate) fn add(frame: &mut Frame, cells: &[&Cell]) {
    let axes = cells.first().map_or(&[][..], |cell| &cell.axes);
    for (axis, _) in axes {
        let value = |cell: &&Cell| {
            let found = cell.axes.iter().find(|(name, _)| name == axis);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        frame.add(format!("{AXIS}{axis}"), cells.iter().map(value));
    }
    if cells.iter().any(|cell| cell.rate.is_some()) {
        let rate = |cell: &&Cell| cell.rate.map(|rate| rate.to_string()).unwrap_or_default();
        frame.add(format!("{AXIS}{RATE}"), cells.iter().map(rate));
    }
    frame.add("seed", cells.iter().map(|cell| cell.seed));
    frame.add("job", cells.iter().map(|cell| cell.job.0.clone()));
}

/// Takes the rate from among the axes, where a file has no other place for it.
fn put_on_trial(cell: &mut Cell) {
    let at = cell.axes.iter().position(|(axis, _)| axis == RATE);
    if let Some(at) = at
        && let Ok(rate) = cell.axes[at].1.parse::<Rate>()
    {
        cell.rate = Some(rate);
        cell.axes.remove(at);
    }
}

/// The cell of each row. Whether its study has learning rates on trial is for the caller to know: a file
/// does not tell them from an axis.
pub(crate) fn get(frame: &Frame, on_trial: bool) -> Result<Vec<Cell>, ResultsError> {
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
        for (cell, value) in cells.iter_mut().zip(frame.get(name)?) {
            cell.axes.push((axis.to_owned(), value));
        }
    }
    if on_trial {
        cells.iter_mut().for_each(put_on_trial);
    }
    Ok(cells)
}
