use results::ResultsError;
use std::fmt;
use std::process::ExitCode;
use study::StudyError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done,
    /// A job failed, or its data is missing.
    Failed,
    /// What was asked cannot be meant; nothing was started.
    BadInput,
    /// The data of a job is not here. Only of `fpt run` and `fpt task`, which train one job.
    Waiting,
}

impl Exit {
    /// How it ends after both, by the first that is not done.
    pub const fn and(self, next: Self) -> Self {
        match self {
            Self::Done => next,
            _ => self,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::BadInput => 2,
            Exit::Waiting => 3,
        })
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub enum Problem {
    /// A mistake in what was asked, shown where it is.
    Input(StudyError),
    /// A mistake in an option: one sentence.
    Asked(String),
    /// Anything else: one sentence.
    Run(String),
}

impl Problem {
    /// Why a study's results cannot be had. A folder that holds more than this version knows is the wrong one to name;
    /// anything else went wrong.
    pub fn of_results(error: &ResultsError) -> Self {
        match error.is_newer() || matches!(error, ResultsError::Foreign { .. }) {
            true => Self::Asked(error.to_string()),
            false => Self::Run(format!("failed to collect the results: {error}")),
        }
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::Input(_) | Self::Asked(_) => Exit::BadInput,
            Self::Run(_) => Exit::Failed,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Asked(reason) | Self::Run(reason) => f.write_str(reason),
        }
    }
}

impl From<StudyError> for Problem {
    fn from(error: StudyError) -> Self {
        Self::Input(error)
    }
}

/// Says what failed, for errors of the crates below.
pub trait Failing<T> {
    /// `what` completes "failed to …".
    fn failing(self, what: &str) -> Result<T, Problem>;
}

impl<T, E: fmt::Display> Failing<T> for Result<T, E> {
    fn failing(self, what: &str) -> Result<T, Problem> {
        self.map_err(|error| Problem::Run(format!("failed to {what}: {error}")))
    }
}
