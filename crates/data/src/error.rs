use crate::foreign::instead;
use crate::hint;
use crate::unknown::Unknown;
use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong between an item's name and the content of its files.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error(transparent)]
    Unknown(#[from] Unknown),

    /// The data is not on this machine: a run waits for it, and others can go on.
    #[error("{item} is not here\n{}\n{way_out}", tried.join("\n"))]
    MissingData {
        item: String,
        /// One line for each source tried.
        tried: Vec<String>,
        way_out: String,
    },

    #[error("{}: expected {expected}, found {found}; {way_out}", path.display())]
    Damaged {
        path: PathBuf,
        expected: String,
        found: String,
        way_out: String,
    },

    #[error("{}:{line}: {reason}", path.display())]
    Row {
        path: PathBuf,
        line: usize,
        reason: String,
    },

    /// Whoever is to read the files wants none of them, and says why.
    #[error("{0}")]
    Refused(String),

    #[error("cannot {action} {}: {source}{}", path.display(), way_out(source.kind()))]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// What helps against a disk that refuses; empty where that is not known.
fn way_out(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind;
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room there, or keep data on another disk with --data DIR"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; change its rights, or name a folder of yours with --data DIR"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "; a file is in the way: name a folder with --data DIR"
        }
        _ => "",
    }
}

impl DataError {
    /// For `map_err`: what was being done to which file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// A line of a file that says something else than it should. A file that is no data at all is said
    /// for what it is.
    pub fn row(path: &Path, line: usize, reason: String) -> Self {
        Self::Row {
            path: path.to_owned(),
            line,
            reason: instead(path).map_or(reason, |other| format!("this is {other}")),
        }
    }

    /// Whether the data is not on this machine.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::MissingData { .. })
    }
}

/// A file that does not hold what its name says, before its path is known.
#[derive(Debug, PartialEq)]
pub struct Mismatch {
    pub expected: String,
    pub found: String,
}

impl Mismatch {
    /// `found` is there instead of `expected`.
    pub fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The user's error: `item` is what `fpt fetch` calls the data. What is no data at all is said
    /// for what it is.
    pub fn at(self, path: &Path, item: &str) -> DataError {
        DataError::Damaged {
            path: path.to_owned(),
            expected: self.expected,
            found: instead(path).map_or(self.found, str::to_owned),
            way_out: format!(
                "delete the file and run {} to get it again",
                hint::fetch(item)
            ),
        }
    }
}
