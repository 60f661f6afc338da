//! What a study asks and how its answer is laid out: the part of a study file that reports read.

use crate::cell::Place;
use crate::measure::Measure;
use crate::paper::{Flag, PaperTable};

/// The question of a study, apart from how it is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The study's name: the file's stem.
    pub name: String,
    /// The sentence that the study answers.
    pub question: String,
    /// Tables of the paper to print beside ours. A cell has the value of the first one that knows it.
    pub paper: Vec<PaperTable>,
    /// The axes in file order.
    pub axes: Vec<Axis>,
    pub table: TableSpec,
    pub claims: Vec<Claim>,
    /// The protocols of its cells.
    pub protocols: Vec<ProtocolNote>,
    /// Whether each cell is trained with several learning rates, one of which validation is to choose:
    /// its cells then have a [`rate`](crate::Cell::rate).
    pub chooses: bool,
    pub looks: Looks,
    /// Whether replicates were asked for by number, so that the looks were not kept to.
    pub chosen_seeds: bool,
    /// Whether its profile is there to see that everything runs, and its numbers mean nothing.
    pub means_nothing: bool,
    /// Cells whose body is the same in every replicate, and what it is called: what is found of them is
    /// found for that body.
    pub one_body: Vec<(Place, String)>,
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

/// A sentence as a weighted sum of cells, taken inside each replicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub says: String,
    /// The cells, each once; an axis that the claim leaves open has been averaged over.
    pub terms: Vec<Term>,
    /// What is compared.
    pub measure: &'static Measure,
    /// The accuracy that the measure asks for, where it asks for one.
    pub at: Option<f64>,
    pub test: ClaimTest,
    /// What counts as small (δ): in the measure's unit, not as it is printed.
    pub margin: f64,
    /// What was compared, in words: `text against random on task mnist`.
    pub compared: String,
    /// What the paper says of it, in its own numbers, and what its critics say where they differ.
    pub paper: Option<Quoted>,
    pub critics: Option<Quoted>,
}

impl Claim {
    /// Whether it is of a measure by itself, and compares nothing.
    pub fn is_of_one(&self) -> bool {
        let sum: f64 = self.terms.iter().map(|term| term.weight).sum();
        sum.abs() > 1e-9
    }

    /// Whether both ask one thing of the same cells, whatever they call it: what one calls supported the other may call
    /// refuted.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let asks = |claim: &Self| (claim.measure.name, claim.at, claim.test, claim.margin);
        let mirrored = || {
            other
                .terms
                .iter()
                .map(Term::mirrored)
                .collect::<Vec<Term>>()
        };
        let is_mirrored = || match self.test {
            ClaimTest::More { by } => by == 0.0 && self.terms == mirrored(),
            ClaimTest::Within => self.terms == mirrored(),
        };
        asks(self) == asks(other) && (self.terms == other.terms || is_mirrored())
    }
}

/// A cell of a claim, and what its measure is multiplied by. A positive sum speaks for the claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub weight: f64,
    pub place: Place,
}

impl Term {
    fn mirrored(&self) -> Self {
        Self {
            weight: -self.weight,
            place: self.place.clone(),
        }
    }
}

/// What a claim says of its sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClaimTest {
    /// It is more than so much.
    More { by: f64 },
    /// It is no further from zero than the claim's margin.
    Within,
}

/// What others found, as a claim quotes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// In a few words: `98.0 against 91.7`.
    pub says: String,
    pub flag: Flag,
}

/// When replicates are looked at, and how much of the level each look may spend.
#[derive(Clone, Debug, PartialEq)]
pub struct Looks {
    /// Replicates at each look, rising.
    pub at: Vec<usize>,
    /// Shares of the level, 1 at most together.
    pub weights: Vec<f64>,
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
