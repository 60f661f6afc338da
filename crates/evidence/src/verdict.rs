/// Replicates in all that would decide a claim if mean and deviation stayed what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct More {
    pub replicates: usize,
    /// Whether they are more than the last look has.
    pub is_beyond: bool,
}

/// What the replicates say of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `small` where the wide interval lies inside the claim's margin, too. An equivalence (`within`), which
    /// says no more than that, is never tagged.
    Supported { small: bool },
    /// The contrary is supported.
    Refuted { small: bool },
    /// Neither, and the wide interval lies inside the claim's margin (δ).
    SmallerThan,
    Undecided {
        /// What would decide it; `None` where nothing would, or nothing is known yet.
        more: Option<More>,
        why: String,
    },
}

impl Verdict {
    /// In one or a few words.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Supported { .. } => "supported",
            Self::Refuted { .. } => "refuted",
            Self::SmallerThan => "smaller than δ",
            Self::Undecided { .. } => "undecided",
        }
    }

    pub const fn is_decided(&self) -> bool {
        !matches!(self, Self::Undecided { .. })
    }

    /// Why nothing is decided.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Undecided { why, .. } => Some(why),
            _ => None,
        }
    }

    /// What is said of the contrary claim.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Supported { small } => Self::Refuted { small },
            Self::Refuted { small } => Self::Supported { small },
            same => same,
        }
    }
}
