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

    #[error("{} is damaged ({problem}); {way_out}", path.display())]
    Damaged {
        path: PathBuf,
        problem: String,
        way_out: String,
    },

    /// Whole, and more than this version can read: nothing is written over it.
    #[error(
        "{} is not of this version ({problem}): one that wrote it reads it, so update this one; or \
         delete {} to run the job again",
        path.display(), job.display()
    )]
    Unknown {
        path: PathBuf,
        problem: String,
        /// The job's folder.
        job: PathBuf,
    },

    #[error(
        "{} has `{name}`, which this version does not know and would lose by writing the file \
         anew: update it, or keep that in a file of its own",
        path.display()
    )]
    Foreign { path: PathBuf, name: String },

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
        let folder = path.parent().unwrap_or(path);
        Self::Damaged {
            path: path.to_owned(),
            problem: problem.to_string(),
            way_out: format!("delete {} to run it again", folder.display()),
        }
    }

    /// With another way out than to run a job again.
    pub(crate) fn or_else(self, way: &str) -> Self {
        match self {
            Self::Damaged { path, problem, .. } => Self::Damaged {
                path,
                problem,
                way_out: way.to_owned(),
            },
            other => other,
        }
    }

    /// Whether a newer version wrote what is there, which is left to it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Newer { .. } | Self::Unknown { .. })
    }

    /// Whether a file is not what it was written as, which running its job again mends.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
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
