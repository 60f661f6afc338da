use crate::frame::Columns;
use crate::{
    Cell, Curve, JobState, Provenance, ResultsError, Run, Store, atomic_write, curve_file,
    runs_file,
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
/// # Errors
/// [`ResultsError::Io`] or [`ResultsError::Encode`]. A damaged job counts as missing.
pub fn rebuild(store: &Store, study: &str, cells: &[Cell]) -> Result<Rebuilt, ResultsError> {
    let mut rebuilt = Rebuilt::default();
    let mut provenance = BTreeMap::new();
    for cell in cells {
        let folder = store.job(&cell.job);
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
    let dir = store.study_dir(study);
    fs::create_dir_all(&dir).map_err(ResultsError::io("create", &dir))?;
    let path = dir.join("runs.parquet");
    write_changed(&path, &runs_file::encode_runs(&path, &rebuilt.runs)?)?;
    let path = dir.join("curves.parquet");
    write_changed(&path, &curve_file::encode_curves(&path, &rebuilt.curves)?)?;
    let path = dir.join("provenance.parquet");
    write_changed(&path, &encode_provenance(&path, &provenance)?)?;
    Ok(rebuilt)
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

fn encode_provenance(
    path: &Path,
    records: &BTreeMap<JobId, Provenance>,
) -> Result<Vec<u8>, ResultsError> {
    let mut columns = Columns::default();
    columns.add("job", records.keys().map(|job| job.0.clone()));
    columns.add(
        "wall_seconds",
        records.values().map(|record| record.wall_seconds),
    );
    columns.add(
        "device",
        records.values().map(|record| record.device.clone()),
    );
    columns.add(
        "threads",
        records.values().map(|record| record.threads as u64),
    );
    columns.add(
        "version",
        records.values().map(|record| record.version.clone()),
    );
    columns.add(
        "git_commit",
        records.values().map(|record| record.git_commit.clone()),
    );
    columns.add("git_dirty", records.values().map(|record| record.git_dirty));
    columns.add(
        "finished_at",
        records.values().map(|record| record.finished_at),
    );
    columns.encode(path)
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    match fs::read(path) {
        Ok(old) if old == bytes => Ok(()),
        _ => atomic_write(path, bytes),
    }
}
