//! What a run goes on from that was killed or stopped, written at each point of the curve and where it is stopped: the trained parameters, the
//! optimizer's state and the curve so far. Frozen weights are not written: they follow from the job.

use crate::error::TrainingError;
use crate::meter::Sums;
use crate::model::Model;
use crate::outcome::CurvePoint;
use crate::record::Record;
use burn::module::{Module, ParamGroup};
use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::store::ModuleRecord;
use files::Unfit;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const STATE: &str = "state.json";

/// Where a run stands, apart from its weights.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Gradient steps taken.
    pub step: u64,
    pub curve: Vec<CurvePoint>,
    /// The point with the best validation score so far.
    pub best: Option<CurvePoint>,
    /// Digest of the body that the run started from, where one was read; earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Of a run that was paused behind a point of its curve: what had been added up since. At the step of the next point only that
    /// point is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Sums>,
}

impl State {
    /// At step 0, around this body.
    pub fn around(origin: Option<String>) -> Self {
        Self {
            origin,
            ..Self::default()
        }
    }

    /// Whether it goes on around this body.
    pub fn is_around(&self, origin: Option<&str>) -> bool {
        self.origin.is_none() || self.origin.as_deref() == origin
    }
}

/// A run's state with everything that trains.
pub(crate) struct Snapshot {
    pub state: State,
    pub model: Model,
    pub optimizer: ModuleOptimizer,
    /// The model at `state.best`.
    pub best: Option<Model>,
}

/// Where a run is kept that was paused between two points of its curve, beside what it was at the last one: that is what
/// it is tested as, should it diverge.
pub(crate) fn paused(folder: &Path) -> PathBuf {
    folder.join("paused")
}

/// Writes a snapshot between two points of a curve into the folder of the run's checkpoint.
pub(crate) fn pause(
    folder: &Path,
    snapshot: &Snapshot,
    trained: &ParamGroup,
) -> Result<(), TrainingError> {
    // One that is stopped before its first point has none.
    match fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(problem(folder, error.to_string()))
        }
        _ => save(&paused(folder), snapshot, trained),
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Progress {
    /// Points of its curve.
    pub points: usize,
    /// Gradient steps taken.
    pub step: u64,
}

/// How far the run has come whose checkpoint is in this folder; `None` where none can be read.
pub fn progress(folder: &Path) -> Option<Progress> {
    let of = |folder: &Path| {
        let bytes = files::read(&folder.join(STATE)).ok()??;
        let State { step, curve, .. } = serde_json::from_slice(&bytes).ok()?;
        let points = curve.len();
        Some(Progress { points, step })
    };
    of(&paused(folder)).max(of(folder))
}

/// Forgets a pause, so that a run is what it was at its last point.
pub(crate) fn forget_pause(folder: &Path) -> Result<(), TrainingError> {
    discard(&paused(folder))
}

/// Takes away what no run will go on from: nothing of it may be taken for a later one's.
pub(crate) fn discard(folder: &Path) -> Result<(), TrainingError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(problem(folder, error.to_string()))
        }
        _ => Ok(()),
    }
}

/// Writes a snapshot; a crash at any moment leaves the one before it readable.
pub(crate) fn save(
    folder: &Path,
    snapshot: &Snapshot,
    trained: &ParamGroup,
) -> Result<(), TrainingError> {
    let io = |source: std::io::Error| problem(folder, source.to_string());
    // In a folder that is there: one that was removed meanwhile is not made again for a part of a job.
    match fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(io(error)),
        _ => {}
    }
    let step = snapshot.state.step;
    let weights = |model: &Model| model.clone().into_record_group(trained.clone());
    write(weights(&snapshot.model), &file(folder, "model", step))?;
    write(
        snapshot.optimizer.to_record(),
        &file(folder, "optimizer", step),
    )?;
    if let (Some(best), Some(point)) = (&snapshot.best, &snapshot.state.best)
        && let path = file(folder, "best", point.step)
        // Weights of an earlier step are there since then.
        && (point.step == step || !files::is_file(&path).map_err(unreadable(&path))?)
    {
        write(weights(best), &path)?;
    }
    // The state file names the step: once it is renamed into place, the snapshot is whole.
    let text = serde_json::to_vec(&snapshot.state).expect("a state is plain data");
    files::write(&folder.join(STATE), &text).map_err(io)?;
    remove_older(folder, &snapshot.state).map_err(io)
}

/// The snapshot in a folder, laid over a model as its job starts it; none when there is none.
///
/// # Errors
/// [`TrainingError::Unreadable`] for what is there and cannot be read, which may be whole;
/// [`TrainingError::Checkpoint`] for what is damaged.
pub(crate) fn load(
    folder: &Path,
    model: Model,
    optimizer: ModuleOptimizer,
) -> Result<Option<Snapshot>, TrainingError> {
    let path = folder.join(STATE);
    let Some(text) = files::read(&path).map_err(unreadable(&path))? else {
        return Ok(None);
    };
    let state: State = files::from_json(&text).map_err(|unfit| match unfit {
        Unfit::Newer(problem) => TrainingError::Newer {
            path: path.clone(),
            problem,
        },
        Unfit::Damaged(why) => problem(&path, why),
    })?;
    let best = match &state.best {
        Some(point) => Some(overlay(model.clone(), file(folder, "best", point.step))?),
        None => None,
    };
    let model = overlay(model, file(folder, "model", state.step))?;
    let record: OptimizerRecord = read(file(folder, "optimizer", state.step))?;
    Ok(Some(Snapshot {
        state,
        model,
        optimizer: optimizer.load_record(record),
        best,
    }))
}

/// Removes what a run resumes from, once its outcome is safe.
pub fn forget(folder: &Path) {
    // What stays behind is only space; the finished outcome does not need it.
    let _ = fs::remove_dir_all(folder);
}

/// Writes the parameters that trained, of a run that is finished.
pub(crate) fn write_trained(
    path: &Path,
    model: &Model,
    trained: &ParamGroup,
) -> Result<(), TrainingError> {
    write(model.clone().into_record_group(trained.clone()), path)
}

/// The model with what is in a file of trained parameters laid over it.
pub(crate) fn overlay(model: Model, path: PathBuf) -> Result<Model, TrainingError> {
    let record: ModuleRecord = read(path.clone())?;
    let record = record.allow_partial(true);
    model
        .try_load_record(record)
        .map_err(|error| problem(&path, error.to_string()))
}

fn read<R: Record>(path: PathBuf) -> Result<R, TrainingError> {
    let bytes = files::read(&path).map_err(unreadable(&path))?;
    let bytes = bytes.ok_or_else(|| problem(&path, "it is not there".to_owned()))?;
    R::of(bytes).map_err(|error| problem(&path, error.to_string()))
}

fn write<R: Record>(record: R, path: &Path) -> Result<(), TrainingError> {
    let bytes = record.bytes();
    let bytes = bytes.map_err(|error| problem(path, error.to_string()))?;
    files::write(path, &bytes).map_err(|error| problem(path, error.to_string()))
}

fn remove_older(folder: &Path, state: &State) -> std::io::Result<()> {
    let mut keep = vec![
        folder.join(STATE),
        file(folder, "model", state.step),
        file(folder, "optimizer", state.step),
    ];
    keep.extend(
        state
            .best
            .iter()
            .map(|point| file(folder, "best", point.step)),
    );
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if keep.contains(&path) {
            continue;
        }
        // A pause is of before the point that was just stored.
        let removed = match path == paused(folder) {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        };
        match removed {
            // Another process may have the job, too, when this one was given up by mistake.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn file(folder: &Path, what: &str, step: u64) -> PathBuf {
    folder.join(format!("{what}-{step}.bpk"))
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> TrainingError {
    let path = path.to_owned();
    |source| TrainingError::Unreadable { path, source }
}

/// That what a run was at a step is there no more, while it runs.
pub(crate) fn lost(folder: &Path, step: u64) -> TrainingError {
    problem(folder, format!("its weights of step {step} are gone"))
}

fn problem(path: &Path, problem: String) -> TrainingError {
    TrainingError::Checkpoint {
        path: path.to_owned(),
        problem,
    }
}
