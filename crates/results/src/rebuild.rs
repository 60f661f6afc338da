use crate::error::ResultsError;
use crate::folder::Finished;
use crate::provenance::Provenance;
use crate::published::{self, Published, Row};
use crate::store::Store;
use evidence::{Cell, Curve, Run};
use training::{Job, Outcome};

/// A study's results, collected from its job folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rebuilt {
    /// Finished cells, in the order asked.
    pub runs: Vec<Run>,
    /// Their curves, in the same order.
    pub curves: Vec<Curve>,
    /// Cells without a finished, readable job.
    pub missing: Vec<Cell>,
}

/// Collects the finished jobs of `cells` and writes the study's `runs.parquet`, `curves.parquet`,
/// `tests.parquet` and `provenance.parquet`, where what they say changes. The first three depend on
/// nothing but the jobs' numbers; what may differ between two runs of a job is in the last.
///
/// A job whose folder is not here, not finished again yet, or failed, keeps the rows it has in those
/// files, and so do cells of the same axes that were not asked for: published results outlive their
/// job folders and a look at a part of them.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Encode`], or [`ResultsError::Newer`] for files that a newer
/// version wrote, [`ResultsError::Damaged`] for files that cannot be read. A damaged job counts as
/// missing.
pub fn rebuild(store: &Store, study: &str, cells: &[Cell]) -> Result<Rebuilt, ResultsError> {
    let dir = store.study_dir(study);
    let on_trial = cells.iter().any(|cell| cell.rate.is_some());
    let before = Published::read(&dir, on_trial)?;
    let mut rows = Vec::new();
    let mut missing = Vec::new();
    for cell in cells {
        match finished(store, cell).or_else(|| before.of(cell)) {
            Some(row) => rows.push(row),
            None => missing.push(cell.clone()),
        }
    }
    let asked = rows.len();
    rows.extend(before.not_asked(cells).cloned());
    // Another grid without a finished cell: what was published under the name before stays.
    if rows.is_empty() && before.has_runs {
        return Ok(Rebuilt {
            missing,
            ..Rebuilt::default()
        });
    }
    let (mut runs, mut curves) = published::write(&dir, rows)?;
    runs.truncate(asked);
    curves.truncate(asked);
    Ok(Rebuilt {
        runs,
        curves,
        missing,
    })
}

/// The row of a cell whose job's folder is here and whole.
fn finished(store: &Store, cell: &Cell) -> Option<Row> {
    let folder = store.job(&cell.job);
    let Finished {
        job,
        outcome,
        points,
    } = folder.finished()?;
    let provenance = folder.provenance().ok().flatten();
    let device = provenance.as_ref().map(Provenance::device_kind);
    Some(Row {
        run: run(cell, &job, outcome, device),
        points,
        provenance,
    })
}

fn run(cell: &Cell, job: &Job, outcome: Outcome, device: Option<&str>) -> Run {
    Run {
        cell: cell.clone(),
        task: job.task.name.clone(),
        form: job.task.form.name().to_owned(),
        policy: job.policy.clone(),
        learning_rate: job.recipe.learning_rate,
        batch_size: job.recipe.batch_size,
        steps: outcome.steps,
        tested_step: outcome.tested_step,
        diverged: outcome.diverged,
        test: outcome.test.score,
        floor: outcome.test.floor(),
        tests: [outcome.test].into_iter().chain(outcome.further).collect(),
        parameters: outcome.parameters,
        device: device.map(ToOwned::to_owned),
    }
}
