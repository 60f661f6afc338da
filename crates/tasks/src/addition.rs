use crate::error::TaskError;
use crate::floors::{floor, majority};
use crate::generated::{Generated, Generator};
use crate::settings::{Settings, within};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Binary addition: two random numbers are shown, one bit a token; the bits of their sum are to be said.
///
/// After Bektursun 2026 (arXiv 2605.00333) and, in decimals, Zhong and Andreas 2024 (arXiv 2410.04368); sizes are ours. Bits are
/// -1 and +1, the least significant first: a causal body sees to the left alone, and that is where a carry comes from, so it can
/// hand it on from one answer to the next. The sum has a bit more than the numbers, which have a zero there, and is read at as
/// many blank tokens (0) behind them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Addition {
    /// Bits of a number.
    bits: usize,
    validation_examples: usize,
    test_examples: usize,
}

impl Default for Addition {
    fn default() -> Self {
        Self {
            bits: 16,
            validation_examples: 1000,
            test_examples: 5000,
        }
    }
}

impl Settings for Addition {
    const NAME: &'static str = "addition";
    const ABOUT: &'static str = "the sum of two binary numbers (generated)";

    fn check(&self) -> Result<(), String> {
        within("bits", self.bits, 1, 1000)?;
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
            tokens: 3 * self.row(),
            inputs: Inputs::Features { width: 1 },
            readout: Readout {
                positions: self.row(),
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

impl Addition {
    /// Bits of the sum, and tokens of a number.
    fn row(&self) -> usize {
        self.bits + 1
    }
}

/// The sum of two numbers of as many bits, the least significant first; a last carry is left out.
fn sum(one: &[bool], other: &[bool]) -> Vec<bool> {
    let mut carry = false;
    let pairs = one.iter().zip(other);
    let bits = pairs.map(|(one, other)| {
        let bit = one ^ other ^ carry;
        carry = one & other | carry & (one ^ other);
        bit
    });
    bits.collect()
}

impl Generator for Addition {
    const NAME: &'static str = "addition";

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let mut number = || -> Vec<bool> {
            let bits = (0..self.bits).map(|_| rng.random());
            bits.chain([false]).collect()
        };
        let (one, other) = (number(), number());
        let bits = one.iter().chain(&other);
        batch
            .features
            .extend(bits.map(|bit| if *bit { 1.0 } else { -1.0 }));
        batch.features.extend(vec![0.0; self.row()]);
        batch
            .targets
            .extend(sum(&one, &other).into_iter().map(u32::from));
        batch.size += 1;
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => self.validation_examples,
            Split::Test(_) => self.test_examples,
        }
    }

    fn view(&self) -> View {
        View::Strings { bits: self.row() }
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        let row = self.row();
        let examples = test.features.chunks(3 * row).zip(test.targets.chunks(row));
        let right = examples.map(|(shown, targets)| {
            let pairs = shown[..row].iter().zip(&shown[row..]);
            let guesses = pairs.map(|(one, other)| u32::from(one != other));
            guesses
                .zip(targets)
                .filter(|(guess, target)| guess == *target)
                .count()
        });
        let no_carry = floor("no carry", right.sum(), test.targets.len());
        vec![majority(&train.targets, &test.targets), no_carry]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(bits: usize) -> Generated<Addition> {
        let generator = Addition {
            bits,
            ..Addition::default()
        };
        Generated {
            shape: generator.shape(Form::Paper).unwrap(),
            generator,
        }
    }

    #[test]
    fn six_and_seven_are_thirteen() {
        let bits = |text: &str| -> Vec<bool> { text.chars().map(|bit| bit == '1').collect() };
        // The least significant bit comes first: 0110 is 6.
        assert_eq!(sum(&bits("0110"), &bits("1110")), bits("1011"));
        assert_eq!(sum(&bits("1110"), &bits("1000")), bits("0001"));
    }

    #[test]
    fn the_bits_of_the_sum_are_asked_for_behind_the_numbers() {
        let task = task(8);
        let shape = task.shape();
        assert_eq!((shape.tokens, shape.readout.positions), (27, 9));
        let batch = task.batch(5, 0, 300);
        let examples = batch.features.chunks(27).zip(batch.targets.chunks(9));
        for (shown, targets) in examples {
            let number = |bits: &[f32]| -> u32 {
                let ones = bits.iter().enumerate().filter(|(_, bit)| **bit == 1.0);
                ones.map(|(place, _)| 1 << place).sum()
            };
            assert!(shown[..18].iter().all(|bit| bit.abs() == 1.0));
            assert_eq!((shown[8], shown[17]), (-1.0, -1.0));
            assert_eq!(shown[18..], [0.0; 9]);
            let places = targets.iter().enumerate();
            let sum: u32 = places.map(|(place, bit)| bit << place).sum();
            assert_eq!(sum, number(&shown[..9]) + number(&shown[9..18]));
        }
    }

    #[test]
    fn adding_without_carrying_is_right_where_nothing_is_carried() {
        // A carry into bit i comes with probability 1/2 - 1/2^(i+1): of bits 0 to 8 a share of 1/2 + (2 - 1/256) / 18 has none.
        let floors = task(8).floors(0);
        assert!((floors[0].accuracy - 0.5).abs() < 0.02, "{floors:?}");
        assert!((floors[1].accuracy - 0.611).abs() < 0.01, "{floors:?}");
    }

    #[test]
    fn batches_are_a_function_of_seed_and_step_and_splits_of_nothing() {
        let task = task(4);
        assert_eq!(task.batch(1, 7, 4), task.batch(1, 7, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(1, 8, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(2, 7, 4));
        let whole = task.examples(Split::Test(0), 0..10);
        let part = task.examples(Split::Test(0), 3..10);
        assert_eq!(whole.features[3 * 15..], part.features);
    }
}
