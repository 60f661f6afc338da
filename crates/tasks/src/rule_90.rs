use crate::automaton::next;
use crate::error::TaskError;
use crate::floors::majority;
use crate::generated::{Generated, Generator};
use crate::settings::{Settings, within};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Rule 90 of the elementary cellular automata: a random row is shown, one cell a token; the row some steps later is to be
/// said. A step makes of each cell the exclusive or of its neighbours; a row is a ring.
///
/// As in Bektursun 2026 (arXiv 2605.00333); sizes are ours. Cells are -1 and +1. The answer is read at as many blank tokens (0)
/// behind the row: at the row's own tokens a causal body would not have seen the right neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Rule90 {
    /// Cells of a row.
    width: usize,
    /// Steps from the row shown to the row asked for.
    steps: usize,
    validation_examples: usize,
    test_examples: usize,
}

impl Default for Rule90 {
    fn default() -> Self {
        Self {
            width: 32,
            steps: 1,
            validation_examples: 1000,
            test_examples: 5000,
        }
    }
}

impl Settings for Rule90 {
    const NAME: &'static str = "rule-90";
    const ABOUT: &'static str = "the next row of a cellular automaton (generated)";
    const KNOWS_SOURCES: bool = true;

    fn check(&self) -> Result<(), String> {
        within("width", self.width, 3, 1000)?;
        within("steps", self.steps, 1, 1000)?;
        within(
            "validation-examples",
            self.validation_examples,
            1,
            1_000_000,
        )?;
        within("test-examples", self.test_examples, 1, 1_000_000)?;
        if self.offsets().is_empty() {
            let Self { width, steps, .. } = self;
            return Err(format!(
                "`steps` is {steps}, by when every row of `width` = {width} has died out: take fewer, or an odd width"
            ));
        }
        Ok(())
    }

    fn validated(&self) -> Option<usize> {
        Some(self.validation_examples)
    }

    fn tested(&self) -> usize {
        self.test_examples
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(Shape {
            tokens: 2 * self.width,
            inputs: Inputs::Features { width: 1 },
            readout: Readout {
                positions: self.width,
                predictions: 1,
                classes: 2,
            },
        })
    }

    fn open(self, shape: Shape, _: Form, _: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        Ok(Box::new(Generated {
            shape,
            generator: self,
        }))
    }
}

impl Rule90 {
    fn evolved(&self, row: &[bool]) -> Vec<bool> {
        (0..self.steps).fold(row.to_vec(), |row, _| next(&row, 90))
    }

    /// The cells whose exclusive or is cell 0 of the answer. As the rule is a sum that looks left as it looks right, they are
    /// those that a lone cell 0 comes to.
    fn offsets(&self) -> Vec<usize> {
        let lone: Vec<bool> = (0..self.width).map(|cell| cell == 0).collect();
        let evolved = self.evolved(&lone);
        (0..self.width).filter(|cell| evolved[*cell]).collect()
    }
}

impl Generator for Rule90 {
    const NAME: &'static str = "rule-90";

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let row: Vec<bool> = (0..self.width).map(|_| rng.random()).collect();
        let cells = row.iter().map(|cell| if *cell { 1.0 } else { -1.0 });
        batch.features.extend(cells);
        batch.features.extend(vec![0.0; self.width]);
        let answer = self.evolved(&row).into_iter().map(u32::from);
        batch.targets.extend(answer);
        batch.size += 1;
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => self.validation_examples,
            Split::Test(_) => self.test_examples,
        }
    }

    fn view(&self) -> View {
        View::Strings { bits: self.width }
    }

    /// The cells whose exclusive or is the answer: the neighbours, after one step.
    fn sources(&self, batch: &Batch) -> Option<Vec<Vec<usize>>> {
        let offsets = self.offsets();
        let of = |cell: usize| -> Vec<usize> {
            let cells = offsets.iter().map(|offset| (cell + offset) % self.width);
            cells.collect()
        };
        let row: Vec<_> = (0..self.width).map(of).collect();
        Some((0..batch.size).flat_map(|_| row.clone()).collect())
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        vec![majority(&train.targets, &test.targets)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(width: usize, steps: usize) -> Generated<Rule90> {
        let generator = Rule90 {
            width,
            steps,
            ..Rule90::default()
        };
        Generated {
            shape: generator.shape(Form::Paper).unwrap(),
            generator,
        }
    }

    #[test]
    fn an_answer_is_the_exclusive_or_of_its_neighbours() {
        let batch = task(7, 1).batch(5, 0, 50);
        let examples = batch.features.chunks(14).zip(batch.targets.chunks(7));
        for (shown, targets) in examples {
            let (row, blanks) = shown.split_at(7);
            assert!(row.iter().all(|cell| cell.abs() == 1.0));
            assert_eq!(blanks, [0.0; 7]);
            for (cell, target) in targets.iter().enumerate() {
                let (left, right) = (row[(cell + 6) % 7], row[(cell + 1) % 7]);
                assert_eq!(*target, u32::from(left != right));
            }
        }
    }

    #[test]
    fn the_answer_follows_from_the_sources() {
        for (steps, count) in [(1, 2), (2, 2), (3, 4), (4, 2)] {
            let task = task(11, steps);
            let batch = task.batch(3, 0, 20);
            let sources = task.sources(&batch).unwrap();
            assert_eq!(sources.len(), 20 * 11);
            for (read, tokens) in sources.iter().enumerate() {
                let example = &batch.features[read / 11 * 22..][..22];
                let ones = tokens.iter().filter(|token| example[**token] > 0.0).count();
                let found = (tokens.len(), ones as u32 % 2);
                assert_eq!(found, (count, batch.targets[read]), "{steps} steps");
            }
        }
        let first = task(11, 1).sources(&task(11, 1).batch(3, 0, 1)).unwrap();
        assert_eq!(first[0], [1, 10]);
    }

    #[test]
    fn what_dies_out_and_absurd_sizes_are_refused() {
        for (width, steps, named) in [
            (2, 1, "`width` is 2"),
            (5000, 1, "`width` is 5000"),
            (9, 0, "`steps` is 0"),
            (8, 4, "`steps` is 4, by when every row"),
        ] {
            let error = task(width, steps).generator.check().unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
        assert!(task(8, 3).generator.check().is_ok());
    }

    #[test]
    fn guessing_reaches_half() {
        let floors = task(9, 1).floors(0);
        assert!((floors[0].accuracy - 0.5).abs() < 0.02, "{floors:?}");
    }

    #[test]
    fn batches_are_a_function_of_seed_and_step() {
        let task = task(9, 1);
        assert_eq!(task.batch(1, 7, 4), task.batch(1, 7, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(1, 8, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(2, 7, 4));
    }
}
