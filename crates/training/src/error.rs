use backbone::BackboneError;
use freezing_policy::PolicyError;
use std::io;
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
    #[error("the body that was read is {found}, the job asks for {expected}")]
    BodyDiffers { found: String, expected: String },
    #[error("a {model_type} body takes {positions} tokens, the task has {tokens}")]
    TooLong {
        model_type: &'static str,
        positions: usize,
        tokens: usize,
    },
    #[error("cannot have checkpoint `{source_name}`: {problem}")]
    NoCheckpoint {
        source_name: String,
        problem: String,
    },
    #[error(
        "this device does not compute in {0}; choose another `precision` (f32 is computed \
         everywhere)"
    )]
    Precision(&'static str),
    #[error("the loss is not a number at step {step}; a smaller learning rate may help")]
    Diverged { step: u64 },
    #[error("stopped at step {step}; the same command goes on from there")]
    Interrupted { step: u64 },
    #[error("{path}: {problem}")]
    Checkpoint { path: PathBuf, problem: String },
    #[error(
        "{path} is not of this version ({problem}): one that wrote it goes on from it, so update this one; \
         or delete its folder to start the job anew"
    )]
    Newer { path: PathBuf, problem: String },
    #[error(
        "{path} is there and cannot be read: {source}; make it readable to go on from there, or remove \
         {} to start anew", path.parent().unwrap_or(path).display()
    )]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "failed to start the thread that makes batches: {0}; a limit on processes (`ulimit -u`) or on memory \
         (`ulimit -v`) may be too low"
    )]
    Thread(io::Error),
    #[error("failed to keep the run's record: {0}")]
    Record(String),
}
