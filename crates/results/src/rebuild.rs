use crate::{
    Cell, Curve, JobState, Provenance, ResultsError, Run, Store, atomic_write, curve_file,
    provenance_file, read_curves, read_runs, runs_file,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tasks::Form;
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

/// Collects the finished jobs of `cells` and writes the study's `runs.parquet`, `curves.parquet`
/// and `provenance.parquet`, where their bytes change. The first two depend on nothing but the
/// jobs' numbers; what may differ between two runs of a job is in the third.
///
/// A job whose folder is not here, or not finished again yet, keeps the rows it has in those files:
/// published results outlive their job folders.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Encode`], or [`ResultsError::Newer`] for files that a newer
/// version wrote. A damaged job counts as missing.
pub fn rebuild(store: &Store, study: &str, cells: &[Cell]) -> Result<Rebuilt, ResultsError> {
    let dir = store.study_dir(study);
    let before = Before::read(&dir)?;
    let mut rebuilt = Rebuilt::default();
    let mut provenance = BTreeMap::new();
    for cell in cells {
        let folder = store.job(&cell.job);
        if matches!(folder.state(), JobState::Absent | JobState::Started)
            && let Some((run, curve)) = before.of(cell)
        {
            rebuilt.runs.push(run.clone());
            rebuilt.curves.push(curve.clone());
            if let Some(record) = before.provenance.get(&cell.job) {
                provenance.insert(cell.job.clone(), record.clone());
            }
            continue;
        }
        let finished = folder.state() == JobState::Finished;
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
    fs::create_dir_all(&dir).map_err(ResultsError::io("create", &dir))?;
    let path = dir.join("runs.parquet");
    write_changed(&path, &runs_file::encode_runs(&path, &rebuilt.runs)?)?;
    let path = dir.join("curves.parquet");
    write_changed(&path, &curve_file::encode_curves(&path, &rebuilt.curves)?)?;
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

    fn of(&self, cell: &Cell) -> Option<(&Run, &Curve)> {
        let run = self.runs.iter().find(|run| run.cell == *cell)?;
        let curve = self.curves.iter().find(|curve| curve.cell == *cell)?;
        Some((run, curve))
    }
}

/// A file that is missing or damaged says nothing and is written anew.
fn or_empty<T: Default>(read: Result<T, ResultsError>) -> Result<T, ResultsError> {
    match read {
        Err(ResultsError::Newer { path, found, known }) => {
            Err(ResultsError::Newer { path, found, known })
        }
        other => Ok(other.unwrap_or_default()),
    }
}

fn run(cell: &Cell, job: &Job, outcome: Outcome) -> Run {
    let form = match job.task.form {
        Form::Paper => "paper",
        Form::Fair => "fair",
    };
    Run {
        cell: cell.clone(),
        task: job.task.name.clone(),
        form: form.to_owned(),
        policy: job.policy.clone(),
        learning_rate: job.recipe.learning_rate,
        batch_size: job.recipe.batch_size,
        steps: outcome.steps,
        tested_step: outcome.tested_step,
        test: outcome.test,
        floor: outcome.floor,
        parameters: outcome.parameters,
    }
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    match fs::read(path) {
        Ok(old) if old == bytes => Ok(()),
        _ => atomic_write(path, bytes),
    }
}
