//! A table before it is set in any format: what each of its values is, not how it is printed.

use evidence::{Arrival, Direction, Estimate, Flag, Unit};

/// A table of typed values.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub role: Role,
    /// What stands in it. Words in `**` stand out, as in Markdown.
    pub caption: String,
    pub columns: Vec<Column>,
    /// `[rows][columns]`.
    pub rows: Vec<Vec<Value>>,
    /// A last row that the others are held against, which has no name but its first value's.
    pub foot: Option<Vec<Value>>,
}

/// What a table is about. A format shows the roles that it has a use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the study measures, test accuracy for most, rows by columns; which values are ahead.
    Accuracies(Direction),
    /// Gradient steps to a validation accuracy, rows by columns of the study.
    Steps,
    /// Differences to the reference, rows by columns of the study.
    Differences,
    /// Beside the paper's values.
    Paper,
    /// On the further test sets of the tasks.
    Further,
    /// At each learning rate on trial.
    Rates,
    /// How the runs of each cell ended.
    Ends,
    /// Where and when runs were computed.
    Computed,
    /// The jobs of one cell.
    Jobs,
    /// Every job, one a row, with its id.
    Listed,
    /// All that is known of each cell, one a row, under names that a script can rely on.
    Cells,
}

/// What stands above a column, and how its values stand under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub align: Align,
}

/// Words stand at the left, numbers at the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A value of a table. Shares are between 0 and 1 and read in percent, differences of them in points; means say their unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Count(usize),
    Share(f64),
    /// The lowest and the highest of several.
    Shares(f64, f64),
    /// The paper's, with how far it can be trusted.
    Cited(f64, Flag),
    /// A difference of two shares.
    Points(f64),
    /// Over replicates, or jobs.
    Mean {
        estimate: Estimate,
        unit: Unit,
        behind: Behind,
        /// Whether a run among them diverged.
        diverged: bool,
    },
    /// Gradient steps to an accuracy, over replicates of which so many were asked for.
    Steps {
        arrival: Arrival,
        asked: usize,
    },
    /// Of a pilot, where no replicate is there yet; a share.
    Pilot(f64),
    /// Paired by replicate.
    Difference {
        estimate: Estimate,
        unit: Unit,
        /// What a claim has found of it.
        found: Option<Found>,
    },
    /// Asked for, without a result yet.
    Unfinished,
    /// Nothing belongs here.
    Absent,
    /// Of wall or core time.
    Hours(f64),
    /// One that stands out among its like.
    Strong(Box<Value>),
    /// One of which a record of the report says more: its key.
    Linked(Box<Value>, String),
}

/// What claims find of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// That there is one.
    Apart,
    /// That it is smaller than what counts as small.
    Close,
}

/// What is said of how many are behind a mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// How many there are, and how many were asked for where some are missing.
    Counted { asked: usize },
    /// Nothing, unless some are missing.
    Missing { asked: usize },
}

impl Column {
    pub fn left(name: impl Into<String>) -> Self {
        let (name, align) = (name.into(), Align::Left);
        Self { name, align }
    }

    pub fn right(name: impl Into<String>) -> Self {
        let (name, align) = (name.into(), Align::Right);
        Self { name, align }
    }
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The number it stands for, with all its digits; the lower one of a range, the mean of several.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Share(number)
            | Self::Shares(number, _)
            | Self::Cited(number, _)
            | Self::Points(number)
            | Self::Pilot(number) => Some(*number),
            Self::Mean { estimate, .. } | Self::Difference { estimate, .. } => Some(estimate.mean),
            Self::Steps { arrival, .. } => Some(arrival.steps.mean),
            Self::Hours(hours) => Some(*hours),
            Self::Strong(value) | Self::Linked(value, _) => value.number(),
            Self::Text(_) | Self::Unfinished | Self::Absent => None,
        }
    }
}
