use std::path::PathBuf;
use thiserror::Error;

/// Why a body cannot be built, read or written.
#[derive(Debug, Error)]
pub enum BackboneError {
    #[error("body config: `{field}` is {value}; expected {expected}")]
    Config {
        field: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error("{path}: {problem}")]
    ConfigFile { path: PathBuf, problem: String },
    #[error("{path}: {problem}")]
    Weights { path: PathBuf, problem: String },
    #[error("layers up to the {asked}th of a body that has {there}: name a deeper one")]
    TooFewLayers { asked: usize, there: usize },
    #[error("parts of a {model_type}: {problem}")]
    NoParts {
        model_type: &'static str,
        problem: String,
    },
    #[error("a Longformer is made from a bert or roberta body, not from a {model_type}")]
    NoLongformer { model_type: &'static str },
    #[error("a {model_type} has no residual projections to scale")]
    NoResiduals { model_type: &'static str },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}
