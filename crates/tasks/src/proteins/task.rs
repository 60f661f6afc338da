use super::set::Set;
use super::{floor, iupac};
use crate::error::TaskError;
use crate::order::EpochOrder;
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Stored, Task, View};
use std::ops::Range;

/// The sizes of a task that reads one class at the last token.
pub(super) fn shape(tokens: usize, classes: usize) -> Shape {
    Shape {
        tokens,
        inputs: Inputs::Tokens {
            vocabulary: iupac::VOCABULARY,
        },
        readout: Readout {
            positions: 1,
            predictions: 1,
            classes,
        },
    }
}

/// An opened protein task.
pub(super) struct ProteinTask {
    shape: Shape,
    form: Form,
    /// The validation examples are its last ones.
    train: Set,
    /// Examples that are validated on. The `fair` form holds them out; the `paper` form trains on
    /// them as well, and its curve shows seen proteins, as that of the image tasks does.
    pub held_out: usize,
    /// Training examples that are trained on: all, or the first ones.
    trained: usize,
    pub tests: Vec<Set>,
    pub names: &'static [&'static str],
    order: EpochOrder,
    checksum: String,
}

impl ProteinTask {
    /// Without validation and tests yet.
    pub fn new(shape: Shape, form: Form, train: Set) -> Self {
        Self {
            shape,
            form,
            train,
            held_out: 0,
            trained: 0,
            tests: Vec::new(),
            names: &[],
            order: EpochOrder::new(1),
            checksum: String::new(),
        }
    }

    /// Leaves out what the paper form leaves out, and settles what follows from the sets.
    ///
    /// The checksum is over the proteins as read, so that it is the same for every file format.
    pub fn ready(mut self, task: &'static str) -> Result<Self, TaskError> {
        let mut checksum = blake3::Hasher::new();
        for set in std::iter::once(&self.train).chain(&self.tests) {
            set.hash(&mut checksum);
        }
        self.checksum = checksum.finalize().to_hex().to_string();
        let tokens = self.shape.tokens;
        if self.form == Form::Paper {
            self.train = self.train.fits(tokens);
            self.held_out = self.held_out.min(self.train.len());
            self.tests = self.tests.iter().map(|set| set.fits(tokens)).collect();
        }
        self.trained = match self.form {
            Form::Paper => self.train.len(),
            Form::Fair => self.train.len() - self.held_out,
        };
        if self.trained == 0 || self.tests.iter().any(|set| set.len() == 0) {
            return Err(TaskError::Settings {
                task,
                reason: format!(
                    "form `paper` leaves out proteins that do not fit into `tokens` = {tokens}, and \
                     none is left of some set: raise `tokens`"
                ),
            });
        }
        self.order = EpochOrder::new(self.trained);
        Ok(self)
    }

    fn batch_of(&self, set: &Set, indices: impl ExactSizeIterator<Item = usize>) -> Batch {
        let mut batch = Batch::with_room(self.shape, indices.len());
        for index in indices {
            let residues = set.residues(index);
            iupac::encode(residues, self.form, self.shape.tokens, &mut batch.ids);
            batch.targets.push(set.label(index));
            batch.size += 1;
        }
        batch
    }
}

impl Task for ProteinTask {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        self.gather(&self.indices(seed, step, size))
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => self.held_out,
            Split::Test(test) => self.tests[test].len(),
        }
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        match split {
            Split::Validation => {
                let first = self.train.len() - self.held_out;
                self.batch_of(&self.train, first + range.start..first + range.end)
            }
            Split::Test(test) => self.batch_of(&self.tests[test], range),
        }
    }

    fn tests(&self) -> &'static [&'static str] {
        self.names
    }

    fn floors(&self, test: usize) -> Vec<Floor> {
        let classes = self.shape.readout.classes;
        floor::floors(&self.train, self.trained, classes, &self.tests[test])
    }

    fn view(&self) -> View {
        View::Symbols(iupac::symbols())
    }

    fn data_checksum(&self) -> Option<String> {
        Some(self.checksum.clone())
    }

    fn stored(&self) -> Option<&dyn Stored> {
        Some(self)
    }
}

impl Stored for ProteinTask {
    fn count(&self) -> usize {
        self.trained
    }

    fn indices(&self, seed: u64, step: u64, size: usize) -> Vec<usize> {
        self.order.batch(seed, step, size)
    }

    fn gather(&self, indices: &[usize]) -> Batch {
        self.batch_of(&self.train, indices.iter().copied())
    }
}
