use super::encode::encode;
use super::expression::{self, CLOSE};
use super::floor;
use super::set::{Set, Splits};
use crate::order::EpochOrder;
use crate::task::{Batch, Floor, Form, Inputs, Shape, Split, Stored, Task, View};
use std::ops::Range;

/// An opened ListOps.
pub(super) struct ListOpsTask {
    pub shape: Shape,
    pub form: Form,
    pub splits: Splits,
    pub order: EpochOrder,
    /// Of the files read; none where the expressions were generated.
    pub checksum: Option<String>,
    /// Why the expressions could not be kept.
    pub note: Option<String>,
}

impl ListOpsTask {
    fn push(&self, set: &Set, index: usize, batch: &mut Batch) {
        encode(
            set.words(index),
            self.form,
            self.shape.tokens,
            &mut batch.ids,
        );
        batch.targets.push(u32::from(set.value(index)));
        batch.size += 1;
    }

    fn split(&self, split: Split) -> &Set {
        match split {
            Split::Validation => &self.splits.validation,
            Split::Test(_) => &self.splits.test,
        }
    }
}

impl Task for ListOpsTask {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        self.gather(&self.indices(seed, step, size))
    }

    fn len(&self, split: Split) -> usize {
        self.split(split).len()
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        let mut batch = Batch::with_room(self.shape, range.len());
        for index in range {
            self.push(self.split(split), index, &mut batch);
        }
        batch
    }

    fn floors(&self, _: usize) -> Vec<Floor> {
        floor::floors(&self.splits.train, &self.splits.test)
    }

    fn view(&self) -> View {
        let Inputs::Tokens { vocabulary } = self.shape.inputs else {
            return View::Symbols(Vec::new());
        };
        let words = std::iter::once(String::new()).chain((0..=CLOSE).map(expression::text));
        View::Symbols(words.take(vocabulary).collect())
    }

    fn data_checksum(&self) -> Option<String> {
        self.checksum.clone()
    }

    fn note(&self) -> Option<String> {
        self.note.clone()
    }

    fn stored(&self) -> Option<&dyn Stored> {
        Some(self)
    }
}

impl Stored for ListOpsTask {
    fn count(&self) -> usize {
        self.splits.train.len()
    }

    fn indices(&self, seed: u64, step: u64, size: usize) -> Vec<usize> {
        self.order.batch(seed, step, size)
    }

    fn gather(&self, indices: &[usize]) -> Batch {
        let mut batch = Batch::with_room(self.shape, indices.len());
        for index in indices {
            self.push(&self.splits.train, *index, &mut batch);
        }
        batch
    }
}
