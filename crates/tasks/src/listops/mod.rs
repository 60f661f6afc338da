//! ListOps (Nangia and Bowman, 2018) as the Long Range Arena poses it: evaluate a nested list
//! expression such as `[MAX 2 9 [MIN 4 7 ] 0 ]`.

mod expression;
mod floor;
mod generate;
mod kept;
mod set;
mod settings;
mod table;

pub(crate) use settings::ListOps;

use crate::error::TaskError;
use crate::order::EpochOrder;
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Stored, Task, View};
use expression::CLOSE;
use set::{Set, Splits};
use std::ops::Range;

/// Id of the padding; a word's id is its number plus one.
const PAD: u32 = 0;

/// Settings that no set of expressions fits.
fn bad(reason: String) -> TaskError {
    TaskError::Settings {
        task: <ListOps as crate::registry::Settings>::NAME,
        reason,
    }
}

/// The sizes at a sequence length. The paper's vocabulary has no closing mark.
fn shape(tokens: usize, form: Form) -> Shape {
    let vocabulary = match form {
        Form::Paper => 15,
        Form::Fair => 16,
    };
    Shape {
        tokens,
        inputs: Inputs::Tokens { vocabulary },
        readout: Readout {
            positions: 1,
            predictions: 1,
            classes: 10,
        },
    }
}

/// An opened ListOps.
struct Opened {
    shape: Shape,
    form: Form,
    splits: Splits,
    order: EpochOrder,
    /// Of the files read; none where the expressions were generated.
    checksum: Option<String>,
    /// Why the expressions could not be kept.
    note: Option<String>,
}

impl Opened {
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

/// Appends `tokens` ids.
///
/// The last position is what a model reads. The official code dropped every bracket, cut at
/// `tokens` and padded on the right, so it mostly read padding; the corrected form keeps closing
/// marks and pads on the left, so that it reads the mark that closes the expression.
fn encode(words: &[u8], form: Form, tokens: usize, ids: &mut Vec<u32>) {
    let end = ids.len() + tokens;
    let id = |word: &u8| u32::from(*word) + 1;
    match form {
        Form::Paper => {
            ids.extend(
                words
                    .iter()
                    .filter(|word| **word != CLOSE)
                    .map(id)
                    .take(tokens),
            );
            ids.resize(end, PAD);
        }
        Form::Fair => {
            ids.resize(end - words.len().min(tokens), PAD);
            ids.extend(words.iter().map(id).take(tokens));
        }
    }
}

impl Task for Opened {
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

impl Stored for Opened {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataDir;
    use toml::toml;

    #[test]
    fn the_paper_reads_padding_and_the_fair_form_the_closing_mark() {
        let words = expression::parse("( ( [MAX 2 ) [MIN 4 7 ] ) ]").unwrap();
        let mut paper = Vec::new();
        encode(&words, Form::Paper, 8, &mut paper);
        assert_eq!(paper, [12, 3, 11, 5, 8, 0, 0, 0]);
        let mut cut = Vec::new();
        encode(&words, Form::Paper, 2, &mut cut);
        assert_eq!(cut, [12, 3]);
        let mut fair = Vec::new();
        encode(&words, Form::Fair, 8, &mut fair);
        assert_eq!(fair, [0, 12, 3, 11, 5, 8, 15, 15]);
    }

    #[test]
    fn every_seed_sees_the_same_splits_and_its_own_order() {
        let settings = toml! {
            max-depth = 3
            max-args = 4
            min-length = 2
            max-length = 33
            tokens = 32
            train-examples = 3000
            validation-examples = 200
            test-examples = 500
        };
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let task = crate::open("listops", &settings, Form::Fair, &data).unwrap();
        assert_eq!(task.len(Split::Test(0)), 500);
        let test = task.examples(Split::Test(0), 0..500);
        assert!(
            test.ids
                .chunks(32)
                .all(|ids| ids[31] == u32::from(CLOSE) + 1)
        );
        let again = crate::open("listops", &settings, Form::Fair, &data).unwrap();
        assert_eq!(test, again.examples(Split::Test(0), 0..500));
        assert_eq!(task.batch(1, 9, 16), again.batch(1, 9, 16));
        assert_ne!(task.batch(1, 9, 16), task.batch(2, 9, 16));

        // A training example is the same numbers in whichever batch it is.
        let stored = task.stored().unwrap();
        let (together, mut one_by_one) = (stored.gather(&[7, 2999]), stored.gather(&[7]));
        one_by_one.append(stored.gather(&[2999]));
        assert_eq!(together, one_by_one);
        assert_eq!(stored.count(), 3000);

        let seen: std::collections::HashSet<&[u32]> = test.ids.chunks(32).collect();
        let train = task.batch(1, 0, 3000);
        assert!(train.ids.chunks(32).all(|ids| !seen.contains(ids)));
        let floors = task.floors(0);
        assert!(
            floors
                .iter()
                .all(|floor| floor.accuracy > 0.1 && floor.accuracy < 0.9),
            "{floors:?}"
        );
    }

    #[test]
    fn the_fair_form_refuses_to_cut() {
        let error = crate::shape("listops", &toml! { tokens = 512 }, Form::Fair).unwrap_err();
        assert!(error.to_string().contains("max-length"), "{error}");
        let paper = crate::shape("listops", &toml::Table::new(), Form::Paper).unwrap();
        assert_eq!(paper, shape(512, Form::Paper));
    }
}
