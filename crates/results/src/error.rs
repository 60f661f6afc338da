use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What can go wrong with files of results; each completes "failed to read or write results: ".
#[derive(Debug, Error)]
pub enum ResultsError {
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error(
        "{} is format {found}, written by a newer version; this one knows format {known}: update \
         it, or choose another folder with --results",
        path.display()
    )]
    Newer {
        path: PathBuf,
        found: u64,
        known: u64,
    },

    #[error("{} is damaged ({problem}); delete {} to run it again", path.display(), remedy.display())]
    Damaged {
        path: PathBuf,
        problem: String,
        /// What to delete, so that the file is made anew.
        remedy: PathBuf,
    },

    #[error("cannot encode {}: {problem}", path.display())]
    Encode { path: PathBuf, problem: String },
}

impl ResultsError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// A file that can be made anew by deleting its folder.
    pub(crate) fn damaged(path: &Path, problem: impl ToString) -> Self {
        let remedy = path.parent().unwrap_or(path).to_owned();
        Self::Damaged {
            path: path.to_owned(),
            problem: problem.to_string(),
            remedy,
        }
    }

    pub(crate) fn encode(path: &Path) -> impl FnOnce(String) -> Self {
        let path = path.to_owned();
        move |problem| Self::Encode { path, problem }
    }
}

/// `None` for a file that is not there.
pub(crate) fn if_there<T>(read: Result<T, ResultsError>) -> Result<Option<T>, ResultsError> {
    match read {
        Err(ResultsError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
