//! Where a job's body comes from: another job's folder, a checkpoint's, or the hub.

use crate::checkpoints;
use results::Store;
use std::path::PathBuf;
use tasks::DataDir;
use training::{Bodies, Checkpoint, JobId};

/// Bodies that jobs of this store left, and checkpoints.
pub struct StoredBodies<'a> {
    pub store: &'a Store,
    /// Remembers digests.
    pub data: &'a DataDir,
}

impl Bodies for StoredBodies<'_> {
    fn of_job(&self, id: &JobId) -> PathBuf {
        self.store.job(id).body_dir()
    }

    fn of_checkpoint(&self, checkpoint: &Checkpoint) -> Result<PathBuf, String> {
        checkpoints::planned(checkpoint, self.data)
    }
}
