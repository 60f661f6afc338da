use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use std::fmt::Display;
use std::ops::Range;
use thiserror::Error;

/// Bytes `start..end` of a file.
pub type Span = Range<usize>;

/// Why a study cannot be read, planned or run. All are mistakes in what was asked: nothing has
/// started when one is returned.
#[derive(Debug, Error)]
pub enum StudyError {
    /// A place in a file of ours.
    #[error("{}", .0.what)]
    Spot(Box<Spot>),
    /// A name that was asked for on the command line.
    #[error("there is no {kind} `{name}`")]
    NotFound {
        kind: &'static str,
        name: String,
        help: String,
    },
    /// An option that cannot be understood.
    #[error("cannot read `{text}` as {expected}")]
    Option {
        text: String,
        expected: &'static str,
    },
    #[error("failed to read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("the filter {filter} leaves no cell of study `{study}`")]
    NothingLeft { filter: String, study: String },
}

/// A mistake at a place in a file: what is wrong, where, and the way out.
#[derive(Debug)]
pub struct Spot {
    what: String,
    file: NamedSource<String>,
    at: LabeledSpan,
    help: Option<String>,
}

impl Spot {
    pub(crate) fn new(path: &str, text: &str, at: Span, what: String, label: String) -> Self {
        let [path, text, what, label] = [path, text, &what, &label].map(files::harmless);
        let at = LabeledSpan::new(Some(label), at.start, at.end.saturating_sub(at.start));
        Self {
            what,
            file: NamedSource::new(path, text),
            at,
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: Option<String>) -> Self {
        self.help = help.as_deref().map(files::harmless);
        self
    }
}

impl From<Spot> for StudyError {
    fn from(spot: Spot) -> Self {
        Self::Spot(Box::new(spot))
    }
}

impl Diagnostic for StudyError {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        match self {
            Self::Spot(spot) => spot
                .help
                .as_ref()
                .map(|help| Box::new(help) as Box<dyn Display>),
            Self::NotFound { help, .. } => Some(Box::new(help)),
            Self::Option { .. } | Self::Unreadable { .. } | Self::NothingLeft { .. } => None,
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Self::Spot(spot) => Some(&spot.file),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match self {
            Self::Spot(spot) => Some(Box::new(std::iter::once(spot.at.clone()))),
            _ => None,
        }
    }
}
