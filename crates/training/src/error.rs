use backbone::BackboneError;
use freezing_policy::PolicyError;
use std::path::PathBuf;
use tasks::TaskError;
use thiserror::Error;

/// Why a job did not finish.
#[derive(Debug, Error)]
pub enum TrainingError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Body(#[from] BackboneError),
    #[error("{folder}: the body there is {found}, the job asks for {expected}")]
    BodyDiffers {
        folder: PathBuf,
        found: String,
        expected: String,
    },
    #[error("a {model_type} body takes {positions} tokens, the task has {tokens}")]
    TooLong {
        model_type: &'static str,
        positions: usize,
        tokens: usize,
    },
    #[error(
        "`{source_name}` is no folder; give the path of a checkpoint folder in the hub's layout"
    )]
    NoCheckpoint { source_name: String },
    #[error("the loss is not a number at step {step}; a smaller learning rate may help")]
    Diverged { step: u64 },
    #[error("stopped at step {step}; the same command goes on from the last evaluation")]
    Interrupted { step: u64 },
    #[error("{path}: {problem}")]
    Checkpoint { path: PathBuf, problem: String },
    #[error("failed to keep the run's record: {0}")]
    Record(String),
}
