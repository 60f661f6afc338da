use results::ResultsError;
use thiserror::Error;

/// What can go wrong with a report; each completes "failed to report: ".
#[derive(Debug, Error)]
pub enum ReportError {
    #[error("no table `{name}` of the paper is known here, expected one of {known}")]
    UnknownPaper { name: String, known: String },

    #[error("the paper's table `{name}` is not valid: {problem}")]
    Paper { name: String, problem: String },

    #[error("the table asks for the axis `{axis}`, but the study has {known}")]
    NoAxis { axis: String, known: String },

    #[error("cannot create {}: {source}", path.display())]
    Folder {
        path: std::path::PathBuf,
        source: std::io::Error,
    },

    #[error("cannot draw the figure: {0}")]
    Figure(String),

    #[error(transparent)]
    Results(#[from] ResultsError),
}
