//! What a study asks and how its answer is laid out: the part of a study file that `report` reads.

/// An axis of the grid: a key that varies, and its values as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    pub key: String,
    pub values: Vec<String>,
}

/// The question of a study, apart from how it is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The study's name: the file's stem.
    pub name: String,
    /// The sentence that the study answers.
    pub question: String,
    /// The table of the paper to print beside ours, e.g. `table-2`.
    pub paper: Option<String>,
    /// The axes in file order.
    pub axes: Vec<Axis>,
    pub table: TableSpec,
    pub claims: Vec<Claim>,
    /// The protocols of its cells.
    pub protocols: Vec<Measured>,
    /// Whether cells carry a last axis [`RATE`](Question::RATE) that is not among `axes`: they were
    /// trained with several learning rates, one of which validation is to choose.
    pub chooses: bool,
}

impl Question {
    /// The axis of learning rates to choose from.
    pub const RATE: &'static str = "learning-rate";
}

/// A protocol, for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    pub name: String,
    /// In a few words.
    pub says: String,
    /// Learning rates that a cell chooses from; 0 where none does.
    pub rates: usize,
    /// What to beware of in the study's tasks.
    pub traps: Vec<String>,
}

/// How cells are laid out. Axes that are neither rows nor columns make one table each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// The axis down the side.
    pub rows: String,
    /// The axis across the top.
    pub columns: String,
    /// The cells that differences and paired tests are against: `(axis, value)`.
    pub reference: Option<(String, String)>,
}

/// A sentence of the paper as a comparison of two cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub says: String,
    /// Fixes the other axes: `(axis, value)`.
    pub place: Vec<(String, String)>,
    pub comparison: Comparison,
}

/// Two values of the table's rows axis, the first claimed ahead of the second.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// `greater = [a, b]`: test accuracy of `a` above that of `b`.
    Greater(String, String),
    /// `sooner = [a, b]` with `at = accuracy`: `a` reaches a validation accuracy in fewer steps.
    Sooner {
        first: String,
        second: String,
        at: f64,
    },
}
