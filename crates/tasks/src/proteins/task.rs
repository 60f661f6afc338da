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

/// The sets of a task as they were read.
pub(super) struct Parts {
    /// The validation examples are its last ones.
    pub train: Set,
    /// Examples that are validated on. The `fair` form holds them out; the `paper` form trains on
    /// them as well, and its curve shows seen proteins, as that of the image tasks does.
    pub held_out: usize,
    pub tests: Vec<Set>,
    pub names: &'static [&'static str],
}

/// An opened protein task.
pub(super) struct ProteinTask {
    shape: Shape,
    form: Form,
    parts: Parts,
    /// Training examples that are trained on: all, or the first ones.
    trained: usize,
    order: EpochOrder,
    /// Over the proteins as read, so that it is the same for every file format.
    checksum: String,
}

impl ProteinTask {
    /// Leaves out what the paper form leaves out, and settles what follows from the sets.
    pub fn new(
        task: &'static str,
        shape: Shape,
        form: Form,
        mut parts: Parts,
    ) -> Result<Self, TaskError> {
        let mut checksum = blake3::Hasher::new();
        for set in std::iter::once(&parts.train).chain(&parts.tests) {
            set.hash(&mut checksum);
        }
        let tokens = shape.tokens;
        if form == Form::Paper {
            parts.train = parts.train.fits(tokens);
            parts.held_out = parts.held_out.min(parts.train.len());
            parts.tests = parts.tests.iter().map(|set| set.fits(tokens)).collect();
        }
        let trained = match form {
            Form::Paper => parts.train.len(),
            Form::Fair => parts.train.len() - parts.held_out,
        };
        if trained == 0 || parts.tests.iter().any(|set| set.len() == 0) {
            return Err(TaskError::Settings {
                task,
                reason: format!(
                    "form `paper` leaves out proteins that do not fit into `tokens` = {tokens}, and \
                     none is left of some set: raise `tokens`"
                ),
            });
        }
        Ok(Self {
            shape,
            form,
            parts,
            trained,
            order: EpochOrder::new(trained),
            checksum: checksum.finalize().to_hex().to_string(),
        })
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
            Split::Validation => self.parts.held_out,
            Split::Test(test) => self.parts.tests[test].len(),
        }
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        match split {
            Split::Validation => {
                let first = self.parts.train.len() - self.parts.held_out;
                self.batch_of(&self.parts.train, first + range.start..first + range.end)
            }
            Split::Test(test) => self.batch_of(&self.parts.tests[test], range),
        }
    }

    fn tests(&self) -> &'static [&'static str] {
        self.parts.names
    }

    fn floors(&self, test: usize) -> Vec<Floor> {
        let classes = self.shape.readout.classes;
        floor::floors(
            &self.parts.train,
            self.trained,
            classes,
            &self.parts.tests[test],
        )
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
        self.batch_of(&self.parts.train, indices.iter().copied())
    }
}
