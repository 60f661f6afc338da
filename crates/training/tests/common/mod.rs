//! Runs in a folder, and who watches them.
#![allow(dead_code, clippy::unwrap_used)]

use burn::tensor::Device;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use tasks::DataDir;
use training::{
    Bodies, Checkpoint, CurvePoint, Job, JobFiles, JobId, Observer, Outcome, Reuse, TrainingError,
    Workplace, run,
};

/// Keeps the curve; stops the run when a step is reached.
#[derive(Default)]
pub struct Watcher {
    pub curve: Vec<CurvePoint>,
    pub notes: Vec<String>,
    pub stop_at: Option<u64>,
    pub stopped: Cell<bool>,
}

impl Observer for Watcher {
    fn stepped(&mut self, step: u64, _: u64, _: f64) {
        self.stopped.set(self.stop_at == Some(step));
    }
    fn evaluated(&mut self, curve: &[CurvePoint]) -> Result<(), String> {
        self.curve = curve.to_vec();
        Ok(())
    }
    fn note(&mut self, line: &str) {
        self.notes.push(line.to_owned());
    }
    fn stop(&self) -> bool {
        self.stopped.get()
    }
}

/// Bodies of other jobs beside a folder's own, checkpoints by their path.
pub struct Beside(pub PathBuf);

impl Bodies for Beside {
    fn of_job(&self, id: &JobId) -> PathBuf {
        self.0.join(&id.0)
    }
    fn of_checkpoint(&self, checkpoint: &Checkpoint) -> Result<PathBuf, String> {
        Ok(PathBuf::from(&checkpoint.source))
    }
}

/// Runs a job in a folder of its own, as the first one of its process.
pub fn start(job: &Job, folder: &Path, watcher: &mut Watcher) -> Result<Outcome, TrainingError> {
    start_with(job, folder, &Reuse::default(), watcher)
}

/// Runs a job in a folder of its own, after others in its process.
pub fn start_with(
    job: &Job,
    folder: &Path,
    reuse: &Reuse,
    watcher: &mut Watcher,
) -> Result<Outcome, TrainingError> {
    let device = Device::flex().autodiff();
    let states = folder.join("features");
    let workplace = Workplace::new(device, DataDir::new(folder), states, reuse);
    let files = JobFiles {
        checkpoint: folder.join("checkpoint"),
        body: folder.join(job.id().0),
        trained: folder.join("trained.bpk"),
    };
    run(job, &workplace, &files, &Beside(folder.to_owned()), watcher)
}
