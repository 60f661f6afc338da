use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What can go wrong with a report; each completes "failed to report: ".
#[derive(Debug, Error)]
pub enum ReportError {
    #[error("the table asks for the axis `{axis}`, but the study has {known}")]
    NoAxis { axis: String, known: String },

    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("cannot draw the figure: {0}")]
    Figure(String),
}

impl ReportError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
