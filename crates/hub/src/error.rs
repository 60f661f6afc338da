use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Why something of the hub cannot be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HubError {
    #[error(
        "`{0}` is no name on the hub: expected owner/name, or owner/name@revision with a branch, a \
         tag or a commit"
    )]
    BadName(String),
    #[error("the hub has no `{0}`, or it is private: set HF_TOKEN to ask for private ones")]
    NoRepository(String),
    #[error("`{name}` has no revision `{revision}`")]
    NoRevision { name: String, revision: String },
    #[error("`{name}` has no {file}")]
    NoFile { name: String, file: String },
    #[error(
        "`{0}` has no weights that can be read: neither model.safetensors nor pytorch_model.bin, \
         whole or in shards"
    )]
    NoWeights(String),
    #[error("`{name}` has no checkpoint that can be read, but {file}: {what}")]
    Other {
        name: String,
        file: &'static str,
        what: &'static str,
    },
    #[error(
        "the hub does not open `{0}`: is the name right? For one that is private or has terms, \
         accept them on the hub and set HF_TOKEN"
    )]
    Closed(String),
    #[error("{path}: {problem}")]
    BadIndex { path: PathBuf, problem: String },
    #[error(
        "`{name}` is not in the cache ({cache}), and HF_HUB_OFFLINE forbids to ask the hub for it"
    )]
    Offline { name: String, cache: PathBuf },
    #[error("no word from the hub in {seconds} seconds")]
    Silent { seconds: u64 },
    #[error(
        "another program has held {path} for {seconds} seconds; wait until it has downloaded its file, \
         or end it"
    )]
    Busy { path: PathBuf, seconds: u64 },
    #[error(
        "{path}: {problem}; the cache must be readable and writable (HF_HUB_CACHE names another)"
    )]
    Disk { path: PathBuf, problem: String },
    #[error("the token in {path} cannot be read ({problem}); HF_TOKEN_PATH names another file")]
    Token { path: PathBuf, problem: String },
    #[error("{0}")]
    Failed(String),
}

impl HubError {
    pub(crate) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Disk {
            path,
            problem: error.to_string(),
        }
    }

    pub(crate) fn silent(patience: Duration) -> Self {
        let seconds = patience.as_secs();
        Self::Silent { seconds }
    }

    /// Whether it is no matter of reaching the hub: a complete cache does not mend it.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Silent { .. } | Self::Failed(_) | Self::Busy { .. } | Self::Disk { .. }
        )
    }
}
