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
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}
