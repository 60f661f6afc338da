use crate::error::TaskError;
use crate::floors::{floor, majority, most_frequent};
use crate::generated::{Generated, Generator};
use crate::settings::{Settings, within};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Associative recall: pairs of a key and a value, then one of the keys again; its value is to be said at that last token.
///
/// After Bektursun 2026 (arXiv 2605.00333), who gives it to frozen layers of a text model, and Zhong and Andreas 2024 (arXiv
/// 2410.04368), who give it to random bodies whose embeddings are trained; sizes are ours. The keys of an example differ,
/// its values need not. Token `i` is a key, token `keys + j` the value of class `j`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Recall {
    /// Pairs before the question.
    pairs: usize,
    /// Keys that there are.
    keys: usize,
    /// Values that there are.
    values: usize,
    validation_examples: usize,
    test_examples: usize,
}

impl Default for Recall {
    fn default() -> Self {
        Self {
            pairs: 16,
            keys: 32,
            values: 16,
            validation_examples: 1000,
            test_examples: 5000,
        }
    }
}

impl Settings for Recall {
    const NAME: &'static str = "recall";
    const ABOUT: &'static str = "the value that was shown beside a key (generated)";
    const KNOWS_SOURCES: bool = true;

    fn check(&self) -> Result<(), String> {
        within("keys", self.keys, 1, 10_000)?;
        within("values", self.values, 2, 10_000)?;
        let Self { pairs, keys, .. } = *self;
        if pairs > keys {
            return Err(format!(
                "`pairs` is {pairs}, but the keys of an example differ, and `keys` is {keys}"
            ));
        }
        within("pairs", pairs, 1, 10_000)?;
        within(
            "validation-examples",
            self.validation_examples,
            1,
            1_000_000,
        )?;
        within("test-examples", self.test_examples, 1, 1_000_000)
    }

    fn validated(&self) -> Option<usize> {
        Some(self.validation_examples)
    }

    fn tested(&self) -> usize {
        self.test_examples
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(Shape {
            tokens: self.tokens(),
            inputs: Inputs::Tokens {
                vocabulary: self.keys + self.values,
            },
            readout: Readout {
                positions: 1,
                predictions: 1,
                classes: self.values,
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

impl Recall {
    fn tokens(&self) -> usize {
        2 * self.pairs + 1
    }

    /// The class of each value that an example shows.
    fn shown(&self, example: &[u32]) -> impl Iterator<Item = u32> {
        let values = example.iter().skip(1).step_by(2);
        values.map(|token| token - self.keys as u32)
    }
}

impl Generator for Recall {
    const NAME: &'static str = "recall";

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let (keys, values) = (self.keys as u32, self.values as u32);
        let mut key: Vec<u32> = (0..keys).collect();
        let asked = rng.random_range(0..self.pairs as u32) as usize;
        for pair in 0..self.pairs {
            let any = rng.random_range(pair as u32..keys) as usize;
            key.swap(pair, any);
            let value = rng.random_range(0..values);
            batch.ids.extend([key[pair], keys + value]);
            if pair == asked {
                batch.targets.push(value);
            }
        }
        batch.ids.push(key[asked]);
        batch.size += 1;
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => self.validation_examples,
            Split::Test(_) => self.test_examples,
        }
    }

    fn view(&self) -> View {
        let keys = (0..self.keys).map(|key| format!("k{key}"));
        let values = (0..self.values).map(|value| format!("v{value}"));
        View::Symbols(keys.chain(values).collect())
    }

    /// The value behind the key that is asked for.
    fn sources(&self, batch: &Batch) -> Option<Vec<Vec<usize>>> {
        let answer = |example: &[u32]| {
            let (question, pairs) = example.split_last()?;
            let asked = pairs.iter().step_by(2).position(|key| key == question)?;
            Some(vec![2 * asked + 1])
        };
        batch.ids.chunks(self.tokens()).map(answer).collect()
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        let examples = test.ids.chunks(self.tokens()).zip(&test.targets);
        let right = examples.filter(|(example, target)| {
            let mut counts = BTreeMap::<u32, usize>::new();
            for value in self.shown(example) {
                *counts.entry(value).or_default() += 1;
            }
            most_frequent(counts) == Some(**target)
        });
        let shown = floor(
            "most frequent value shown",
            right.count(),
            test.targets.len(),
        );
        vec![majority(&train.targets, &test.targets), shown]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Generated<Recall> {
        let generator = Recall {
            pairs: 4,
            keys: 6,
            values: 3,
            ..Recall::default()
        };
        Generated {
            shape: generator.shape(Form::Paper).unwrap(),
            generator,
        }
    }

    #[test]
    fn the_answer_stands_behind_the_key_that_is_asked_for() {
        let batch = task().batch(1, 0, 200);
        assert_eq!(batch.ids.len(), 200 * 9);
        for (example, target) in batch.ids.chunks(9).zip(&batch.targets) {
            let keys: Vec<u32> = example[..8].iter().copied().step_by(2).collect();
            let values: Vec<u32> = example[1..].iter().copied().step_by(2).collect();
            assert!(keys.iter().all(|key| *key < 6));
            assert!(values.iter().all(|value| (6..9).contains(value)));
            let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
            assert_eq!(distinct.len(), 4);
            let asked = keys.iter().position(|key| *key == example[8]).unwrap();
            assert_eq!(values[asked], 6 + target);
        }
    }

    #[test]
    fn sources_are_where_the_answer_stands() {
        let batch = Batch {
            size: 2,
            features: Vec::new(),
            ids: vec![5, 7, 0, 6, 2, 8, 1, 6, 2, 3, 6, 0, 7, 1, 7, 5, 8, 3],
            read: Vec::new(),
            targets: vec![2, 0],
        };
        assert_eq!(task().sources(&batch), Some(vec![vec![5], vec![1]]));
        let task = task();
        let batch = task.batch(3, 0, 50);
        for (index, tokens) in task.sources(&batch).unwrap().iter().enumerate() {
            let [token] = tokens[..] else { panic!() };
            assert_eq!(batch.ids[index * 9 + token], 6 + batch.targets[index]);
        }
    }

    #[test]
    fn every_pair_is_asked_for_alike() {
        // Chi-square of four choices; its 0.999 quantile is 16.3.
        let task = task();
        let batch = task.batch(11, 0, 4000);
        let mut asked = [0.0_f64; 4];
        for tokens in task.sources(&batch).unwrap() {
            asked[tokens[0] / 2] += 1.0;
        }
        let far = asked.map(|count| (count - 1000.0).powi(2) / 1000.0);
        assert!(far.iter().sum::<f64>() < 16.3, "{asked:?}");
    }

    #[test]
    fn batches_are_a_function_of_seed_and_step_and_splits_of_nothing() {
        let task = task();
        assert_eq!(task.batch(1, 7, 4), task.batch(1, 7, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(1, 8, 4));
        let whole = task.examples(Split::Test(0), 0..10);
        assert_eq!(whole.ids[3 * 9..], task.examples(Split::Test(0), 3..10).ids);
    }

    #[test]
    fn guessing_a_value_that_was_shown_beats_the_majority() {
        let floors = task().floors(0);
        assert!((floors[0].accuracy - 0.333).abs() < 0.03, "{floors:?}");
        // Of four draws from three values the most frequent one has 192/81 on average, of four pairs in all.
        assert!((floors[1].accuracy - 0.593).abs() < 0.02, "{floors:?}");
    }
}
