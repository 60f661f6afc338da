/// What a number has to be; of several that are wrong, the first kind here is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Range {
    /// Steps or examples of a batch: more than 2^30 is a slip of the finger.
    Count,
    AtLeastOne,
    Positive,
    /// A probability that leaves something.
    Share,
    NotNegative,
}

const MOST: f64 = (1_u64 << 30) as f64;

impl Range {
    pub(super) fn holds(self, number: f64) -> bool {
        match self {
            Self::Count => (1.0..=MOST).contains(&number),
            Self::AtLeastOne => number >= 1.0,
            Self::Positive => number.is_finite() && number > 0.0,
            Self::Share => (0.0..1.0).contains(&number),
            Self::NotNegative => number.is_finite() && number >= 0.0,
        }
    }

    /// The least that it may be, and whether that itself is too little.
    pub const fn least(self) -> (f64, bool) {
        match self {
            Self::Count | Self::AtLeastOne => (1.0, false),
            Self::Positive => (0.0, true),
            Self::Share | Self::NotNegative => (0.0, false),
        }
    }

    /// The most, and whether that itself is too much.
    pub const fn most(self) -> Option<(f64, bool)> {
        match self {
            Self::Count => Some((MOST, false)),
            Self::Share => Some((1.0, true)),
            Self::AtLeastOne | Self::Positive | Self::NotNegative => None,
        }
    }

    /// The end of a sentence that begins with the field's name.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Count | Self::AtLeastOne => {
                "must be at least 1, and steps and batches at most 2^30"
            }
            Self::Positive => "must be a number above 0",
            Self::Share => "must be at least 0 and below 1",
            Self::NotNegative => "must be a number, and at least 0",
        }
    }
}
