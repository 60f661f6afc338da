use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which version of a task is meant where the paper's code and a sound measurement differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// As the official code built it, quirks included (except that whole test sets are evaluated).
    Paper,
    /// Corrected, with a validation split taken from the training data.
    Fair,
}

impl Form {
    /// As it is written: `paper` or `fair`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Fair => "fair",
        }
    }
}

/// A part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// What curves, early stopping and the choice of a learning rate look at.
    Validation,
    /// Test set number `0` of [`Task::tests`], the one that tables show; most tasks have no other.
    /// Each is read once, when a job has ended.
    Test(usize),
}

/// What the input net takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// Real vectors of this width, one a token.
    Features { width: usize },
    /// Token ids below `vocabulary`.
    Tokens { vocabulary: usize },
    /// Token ids below `vocabulary`, and every position predicts the one that follows it: a body with this
    /// very vocabulary reads and predicts by its own token table.
    Language { vocabulary: usize },
    /// Token ids below `vocabulary`, some of which are hidden; where they stood, which the batch says, they
    /// are predicted. A body with this very vocabulary does it by its own token table.
    Masked { vocabulary: usize },
}

/// What is predicted and where it is read.
///
/// The last `positions` hidden states are read, or those that a [`Batch`] names; each gives `predictions`
/// independent choices between `classes` classes. An image task reads `{1, 1, 10}`, Bit Memory `{20, 50, 2}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readout {
    pub positions: usize,
    pub predictions: usize,
    pub classes: usize,
}

/// The sizes that fix the input and the output net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Sequence length that the body sees.
    pub tokens: usize,
    pub inputs: Inputs,
    pub readout: Readout,
}

/// A batch of examples, flat and row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Examples in the batch.
    pub size: usize,
    /// `[size, tokens, width]` for features, empty for token tasks.
    pub features: Vec<f32>,
    /// `[size, tokens]` for token tasks, empty otherwise.
    pub ids: Vec<u32>,
    /// `[size, positions]` tokens at which hidden states are read; empty where those are the last ones.
    pub read: Vec<u32>,
    /// `[size, positions, predictions]` class indices.
    pub targets: Vec<u32>,
}

impl Batch {
    /// A batch with room for `size` examples and none yet.
    pub(crate) fn with_room(shape: Shape, size: usize) -> Self {
        let (features, ids) = match shape.inputs {
            Inputs::Features { width } => (size * shape.tokens * width, 0),
            Inputs::Tokens { .. } | Inputs::Language { .. } | Inputs::Masked { .. } => {
                (0, size * shape.tokens)
            }
        };
        let Readout {
            positions,
            predictions,
            ..
        } = shape.readout;
        Self {
            size: 0,
            features: Vec::with_capacity(features),
            ids: Vec::with_capacity(ids),
            read: Vec::new(),
            targets: Vec::with_capacity(size * positions * predictions),
        }
    }

    /// Appends the examples of another batch of the same task.
    pub fn append(&mut self, other: Batch) {
        self.size += other.size;
        self.features.extend(other.features);
        self.ids.extend(other.ids);
        self.read.extend(other.read);
        self.targets.extend(other.targets);
    }

    /// The tokens at which hidden states are read, `[size x positions]`, for a batch of this shape.
    pub fn places(&self, shape: Shape) -> Vec<usize> {
        let last = shape.tokens - shape.readout.positions..shape.tokens;
        match self.read.is_empty() {
            true => (0..self.size).flat_map(|_| last.clone()).collect(),
            false => self.read.iter().map(|token| *token as usize).collect(),
        }
    }
}

/// What a model without understanding reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The trivial strategy, e.g. `majority class` or `copy and guess`.
    pub strategy: String,
    /// Its accuracy on the test set, between 0 and 1, computed from the data.
    pub accuracy: f64,
}

/// How an example is laid out in a [`Batch`], for whoever shows it to people.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// An image in square patches, row by row, one a token; inside a patch the order is (row,
    /// column, channel). A number is `(pixel - mean) / deviation` of its channel, pixels from 0 to 1.
    Patches {
        side: usize,
        patch: usize,
        /// Mean and deviation of each channel.
        channels: Vec<(f32, f32)>,
    },
    /// Strings of so many bits, one after the other.
    Strings { bits: usize },
    /// A symbol a token, by its id; empty for padding.
    Symbols(Vec<String>),
}

/// A task: data, its encoding and its measure.
pub trait Task: Send + Sync {
    /// Sizes of input, sequence and readout.
    fn shape(&self) -> Shape;

    /// The training batch of a gradient step (counted from 0), a pure function of its arguments.
    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch;

    /// Examples in a split. The same for every seed.
    fn len(&self, split: Split) -> usize;

    /// Examples `range` of a split, in a fixed order. The same for every seed.
    fn examples(&self, split: Split, range: Range<usize>) -> Batch;

    /// Names of the test sets. Tables show the first.
    fn tests(&self) -> &'static [&'static str] {
        &["test"]
    }

    /// What trivial strategies, fitted on the training set, reach on a test set of
    /// [`tests`](Task::tests).
    fn floors(&self, test: usize) -> Vec<Floor>;

    /// What an example looks like.
    fn view(&self) -> View;

    /// The tokens that hold the answer of each read position, `[size x positions]`: where a model that has
    /// understood would look. `None` where nobody can say.
    fn sources(&self, _batch: &Batch) -> Option<Vec<Vec<usize>>> {
        None
    }

    /// The training set, where it is kept whole; `None` where examples are drawn or augmented.
    fn stored(&self) -> Option<&dyn Stored> {
        None
    }

    /// What went otherwise than meant when the task was opened and changes no number, e.g. that what
    /// was decoded cannot be kept.
    fn note(&self) -> Option<String> {
        None
    }

    /// Checksum (blake3, hex) of the data behind the task, as read or of its files; `None` where examples are generated
    /// from the settings alone. It belongs in a run's provenance.
    fn data_checksum(&self) -> Option<String> {
        None
    }
}

/// A training set that is kept whole: an example is the same numbers whenever it is seen.
pub trait Stored: Send + Sync {
    /// Training examples.
    fn count(&self) -> usize;

    /// Which examples are in the batch of a gradient step (counted from 0), each below
    /// [`count`](Stored::count); a pure function of the arguments.
    fn indices(&self, seed: u64, step: u64, size: usize) -> Vec<usize>;

    /// The batch of these training examples, in this order.
    fn gather(&self, indices: &[usize]) -> Batch;
}
