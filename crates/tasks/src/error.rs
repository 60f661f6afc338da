use data::{DataError, Unknown};

/// What can go wrong between a task's name and its batches.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error(transparent)]
    Unknown(#[from] Unknown),

    #[error("settings of task `{task}`: {reason}")]
    Settings { task: &'static str, reason: String },

    #[error(transparent)]
    Data(#[from] DataError),
}

impl TaskError {
    /// Whether the data is not on this machine: a run waits for it, and others can go on.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Data(error) if error.is_missing())
    }
}
