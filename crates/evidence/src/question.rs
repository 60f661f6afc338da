//! What a study asks and how its answer is laid out: the part of a study file that reports read.

use crate::cell::Choice;
use crate::measure::Measure;
use crate::paper::PaperTable;

/// The question of a study, apart from how it is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The study's name: the file's stem.
    pub name: String,
    /// The sentence that the study answers.
    pub question: String,
    /// The table of the paper to print beside ours.
    pub paper: Option<PaperTable>,
    /// The axes in file order.
    pub axes: Vec<Axis>,
    pub table: TableSpec,
    pub claims: Vec<Claim>,
    /// The protocols of its cells.
    pub protocols: Vec<ProtocolNote>,
    /// Whether each cell is trained with several learning rates, one of which validation is to choose:
    /// its cells then have a [`rate`](crate::Cell::rate).
    pub chooses: bool,
}

/// An axis of the grid: a key that varies, and its values as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    pub key: String,
    pub values: Vec<String>,
}

/// How cells are laid out. Axes that are neither rows nor columns make one table each.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSpec {
    /// The axis down the side.
    pub rows: String,
    /// The axis across the top.
    pub columns: String,
    /// The cells that differences and paired tests are against: `(axis, value)`.
    pub reference: Option<(String, String)>,
    /// What the cells show.
    pub measure: &'static Measure,
}

/// A sentence of the paper as a comparison of two values of the table's rows axis, the first claimed
/// ahead of the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub says: String,
    /// Fixes the other axes: `(axis, value)`.
    pub place: Choice,
    pub first: String,
    pub second: String,
    /// What is compared.
    pub measure: &'static Measure,
    /// The accuracy that the measure asks for, where it asks for one.
    pub at: Option<f64>,
}

/// A protocol, for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolNote {
    pub name: String,
    /// In a few words.
    pub says: String,
    /// Learning rates that a cell chooses from; 0 where none does.
    pub rates: usize,
    /// What to beware of in the study's tasks.
    pub traps: Vec<String>,
}
