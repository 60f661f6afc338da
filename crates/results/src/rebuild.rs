use crate::{
    Cell, Curve, JobState, Provenance, ResultsError, Run, Store, atomic_write, curve_file,
    provenance_file, read_curves, read_runs, runs_file, tests_file,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use training::{Job, JobId, Outcome};

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
/// `tests.parquet` and `provenance.parquet`, where their bytes change. The first three depend on nothing but the
/// jobs' numbers; what may differ between two runs of a job is in the last.
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
    let before = Before::read(&dir)?;
    let mut rebuilt = Rebuilt::default();
    let mut provenance = BTreeMap::new();
    for cell in cells {
        let folder = store.job(&cell.job);
        let state = folder.state();
        if state != JobState::Finished
            && let Some((run, curve)) = before.of(cell)
        {
            rebuilt.runs.push(run);
            rebuilt.curves.push(curve);
            if let Some(record) = before.provenance.get(&cell.job) {
                provenance.insert(cell.job.clone(), record.clone());
            }
            continue;
        }
        let finished = state == JobState::Finished;
        let files = (folder.job(), folder.outcome(), folder.curve());
        let (true, (Ok(Some(job)), Ok(Some(outcome)), Ok(Some(points)))) = (finished, files) else {
            rebuilt.missing.push(cell.clone());
            continue;
        };
        rebuilt.runs.push(run(cell, &job, outcome));
        rebuilt.curves.push(Curve {
            cell: cell.clone(),
            points,
        });
        if let Ok(Some(record)) = folder.provenance() {
            provenance.insert(cell.job.clone(), record);
        }
    }
    let (mut runs, mut curves) = (rebuilt.runs.clone(), rebuilt.curves.clone());
    for (run, curve) in before.not_asked(cells) {
        if let Some(record) = before.provenance.get(&run.cell.job) {
            provenance.insert(run.cell.job.clone(), record.clone());
        }
        runs.push(run.clone());
        curves.push(curve.clone());
    }
    // Another grid without a finished cell: what was published under the name before stays.
    if runs.is_empty() && !before.runs.is_empty() {
        return Ok(rebuilt);
    }
    fs::create_dir_all(&dir).map_err(ResultsError::io("create", &dir))?;
    let path = dir.join("runs.parquet");
    write_changed(&path, &runs_file::encode_runs(&path, &runs)?)?;
    let path = dir.join("curves.parquet");
    write_changed(&path, &curve_file::encode_curves(&path, &curves)?)?;
    let path = dir.join("tests.parquet");
    write_changed(&path, &tests_file::encode(&path, &runs)?)?;
    let path = dir.join("provenance.parquet");
    write_changed(&path, &provenance_file::encode(&path, &provenance)?)?;
    Ok(rebuilt)
}

/// What the study's files say already.
#[derive(Default)]
struct Before {
    runs: Vec<Run>,
    curves: Vec<Curve>,
    provenance: BTreeMap<JobId, Provenance>,
}

impl Before {
    fn read(dir: &Path) -> Result<Self, ResultsError> {
        Ok(Self {
            runs: or_empty(read_runs(&dir.join("runs.parquet")))?,
            curves: or_empty(read_curves(&dir.join("curves.parquet")))?,
            provenance: or_empty(provenance_file::read(&dir.join("provenance.parquet")))?,
        })
    }

    /// The rows of a cell's job, which may stand in the file under the axes in another order.
    fn of(&self, cell: &Cell) -> Option<(Run, Curve)> {
        let (run, curve) = self.rows().find(|(run, _)| run.cell.job == cell.job)?;
        let (mut run, mut curve) = (run.clone(), curve.clone());
        run.cell = cell.clone();
        curve.cell = cell.clone();
        Some((run, curve))
    }

    /// The rows at places of the same grid that are none of `cells`.
    fn not_asked(&self, cells: &[Cell]) -> impl Iterator<Item = (&Run, &Curve)> {
        let asked: BTreeSet<_> = cells.iter().map(place).collect();
        let grid: BTreeSet<_> = cells.iter().map(names).collect();
        self.rows().filter(move |(run, _)| {
            grid.contains(&names(&run.cell)) && !asked.contains(&place(&run.cell))
        })
    }

    fn rows(&self) -> impl Iterator<Item = (&Run, &Curve)> {
        self.runs.iter().filter_map(|run| {
            let mut curves = self.curves.iter();
            let curve = curves.find(|curve| curve.cell.job == run.cell.job)?;
            Some((run, curve))
        })
    }
}

/// Where a cell stands in its grid, whatever the order of the axes.
fn place(cell: &Cell) -> (BTreeMap<&str, &str>, u64) {
    let axes = cell.axes.iter();
    let axes = axes.map(|(axis, value)| (axis.as_str(), value.as_str()));
    (axes.collect(), cell.seed)
}

/// The axes of a cell's grid.
fn names(cell: &Cell) -> BTreeSet<&str> {
    cell.axes.iter().map(|(axis, _)| axis.as_str()).collect()
}

/// A file that is missing says nothing. One that cannot be read is left alone: it may hold the only
/// copy of published rows.
fn or_empty<T: Default>(read: Result<T, ResultsError>) -> Result<T, ResultsError> {
    match read {
        Err(ResultsError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Ok(T::default())
        }
        Err(ResultsError::Damaged { path, problem, .. }) => Err(ResultsError::Damaged {
            remedy: path.clone(),
            path,
            problem,
        }),
        other => other,
    }
}

fn run(cell: &Cell, job: &Job, outcome: Outcome) -> Run {
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
    }
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    match fs::read(path) {
        Ok(old) if old == bytes => Ok(()),
        _ => atomic_write(path, bytes),
    }
}
