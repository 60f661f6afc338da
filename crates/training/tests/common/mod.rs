//! Runs in a folder, and who watches them.
#![allow(dead_code, clippy::unwrap_used)]

use burn::tensor::Device;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use tasks::DataDir;
use training::{CurvePoint, Job, JobId, Kept, Observer, Outcome, Surroundings, TrainingError, run};

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

pub fn start(job: &Job, folder: &Path, watcher: &mut Watcher) -> Result<Outcome, TrainingError> {
    let bodies = |id: &JobId| -> PathBuf { folder.join(&id.0) };
    let surroundings = Surroundings {
        data: &DataDir::new(folder),
        device: Device::flex().autodiff(),
        checkpoint: &folder.join("checkpoint"),
        body: &folder.join(job.id().0),
        trained: &folder.join("trained.bpk"),
        features: &folder.join("features"),
        kept: &Kept::default(),
        bodies: &bodies,
        checkpoints: &|name: &str| Ok(PathBuf::from(name)),
    };
    run(job, &surroundings, watcher)
}
