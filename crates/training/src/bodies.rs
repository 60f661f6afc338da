use crate::job::{Checkpoint, JobId};
use std::path::PathBuf;

/// Where bodies lie that others made.
pub trait Bodies {
    /// The folder of the body that a job left.
    fn of_job(&self, id: &JobId) -> PathBuf;

    /// The folder of a checkpoint, which holds what the job says it does.
    ///
    /// # Errors
    /// Why there is none.
    fn of_checkpoint(&self, checkpoint: &Checkpoint) -> Result<PathBuf, String>;
}
