use crate::error::DataError;
use std::io::ErrorKind;

/// Why a source did not serve.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The next one may: one line on this one.
    Source(String),
    /// None can: the disk is full, or the folder closed.
    Disk(DataError),
}

impl From<String> for Refusal {
    fn from(line: String) -> Self {
        Self::Source(line)
    }
}

impl From<DataError> for Refusal {
    fn from(error: DataError) -> Self {
        match &error {
            DataError::Io { source, .. } if is_closed(source.kind()) => Self::Disk(error),
            _ => Self::Source(error.to_string()),
        }
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
    )
}
