//! Where a job's body comes from: another job's folder, a checkpoint's, or the hub.

use crate::checkpoints;
use results::Store;
use std::path::PathBuf;
use training::{Bodies, JobId};

/// Bodies that jobs of this store left, and checkpoints.
pub struct StoredBodies<'a>(pub &'a Store);

impl Bodies for StoredBodies<'_> {
    fn of_job(&self, id: &JobId) -> PathBuf {
        self.0.job(id).body_dir()
    }

    fn of_checkpoint(&self, source: &str) -> Result<PathBuf, String> {
        checkpoints::folder(source)
    }
}
