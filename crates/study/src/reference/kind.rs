use super::paper_file::PAPER;
use super::pretraining_file::PRETRAINING;
use super::profile_file::PROFILE;
use super::protocol_file::PROTOCOL;
use super::shape::Table;
use super::study_file::STUDY;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Study,
    Pretraining,
    Protocol,
    Profile,
    /// A table of the paper, or of its critics.
    Paper,
}

impl FileKind {
    pub const ALL: [Self; 5] = [
        Self::Study,
        Self::Pretraining,
        Self::Protocol,
        Self::Profile,
        Self::Paper,
    ];

    /// As it is asked for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Study => "study",
            Self::Pretraining => "pretraining",
            Self::Protocol => "protocol",
            Self::Profile => "profile",
            Self::Paper => "paper",
        }
    }

    /// Where such files lie.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Study => "experiments/",
            Self::Pretraining => "experiments/pretraining/",
            Self::Protocol => "experiments/protocols/",
            Self::Profile => "experiments/profiles/",
            Self::Paper => "experiments/paper/",
        }
    }

    pub(super) const fn table(self) -> &'static Table {
        match self {
            Self::Study => &STUDY,
            Self::Pretraining => &PRETRAINING,
            Self::Protocol => &PROTOCOL,
            Self::Profile => &PROFILE,
            Self::Paper => &PAPER,
        }
    }
}
