use crate::streams::{at, fixed, stream};
use crate::task::{Batch, Floor, Shape, Split, Task, View};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// A task whose examples are drawn, not stored.
pub trait Generator: Send + Sync {
    /// Names the fixed streams of the test and the validation set.
    const NAME: &'static str;

    /// Draws one example and appends it to the batch.
    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch);

    /// Examples in a split.
    fn len(&self, split: Split) -> usize;

    /// How an example is laid out.
    fn view(&self) -> View;

    /// The tokens that hold the answer of each read position, `[size x positions]`; `None` where nobody can
    /// say.
    fn sources(&self, _batch: &Batch) -> Option<Vec<Vec<usize>>> {
        None
    }

    /// What trivial strategies, fitted on `train`, reach on the test set.
    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor>;
}

/// Training examples that floors are fitted on.
const FLOOR_EXAMPLES: usize = 1000;

/// A [`Generator`] as a task.
///
/// Training batches come from the seed's `data` stream, one stream a step; example `i` of a split
/// from stream `i` under the split's own key, so it is the same for every seed and every batching.
pub struct Generated<G> {
    pub shape: Shape,
    pub generator: G,
}

impl<G: Generator> Task for Generated<G> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let mut rng = at(stream(seed, "data"), step);
        let mut batch = Batch::with_room(self.shape, size);
        for _ in 0..size {
            self.generator.example(&mut rng, &mut batch);
        }
        batch
    }

    fn len(&self, split: Split) -> usize {
        self.generator.len(split)
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        let name = match split {
            Split::Validation => format!("{} validation", G::NAME),
            Split::Test(_) => format!("{} test", G::NAME),
        };
        let mut batch = Batch::with_room(self.shape, range.len());
        for index in range {
            self.generator
                .example(&mut fixed(&name, index as u64), &mut batch);
        }
        batch
    }

    fn view(&self) -> View {
        self.generator.view()
    }

    fn sources(&self, batch: &Batch) -> Option<Vec<Vec<usize>>> {
        self.generator.sources(batch)
    }

    fn floors(&self, test: usize) -> Vec<Floor> {
        let test = Split::Test(test);
        let train = self.batch(0, 0, FLOOR_EXAMPLES);
        self.generator
            .floors(&train, &self.examples(test, 0..self.len(test)))
    }
}
