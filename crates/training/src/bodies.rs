use crate::job::JobId;
use std::path::PathBuf;

/// Where bodies lie that others made.
pub trait Bodies {
    /// The folder of the body that a job left.
    fn of_job(&self, id: &JobId) -> PathBuf;

    /// The folder of a checkpoint, by its path or its name on the hub.
    ///
    /// # Errors
    /// Why there is none.
    fn of_checkpoint(&self, source: &str) -> Result<PathBuf, String>;
}
