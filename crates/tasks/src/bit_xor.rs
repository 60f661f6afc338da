use crate::error::TaskError;
use crate::floors::majority;
use crate::generated::{Generated, Generator};
use crate::settings::{Settings, within};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Bit XOR (section 2.1): several random bit strings are shown, one bit a token; their element-wise
/// exclusive or is read at the tokens of the last. Bits are 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct BitXor {
    /// Strings combined.
    patterns: usize,
    /// Length of a string.
    bits: usize,
    validation_examples: usize,
    test_examples: usize,
}

impl Default for BitXor {
    fn default() -> Self {
        Self {
            patterns: 2,
            bits: 5,
            validation_examples: 1000,
            test_examples: 5000,
        }
    }
}

impl Settings for BitXor {
    const NAME: &'static str = "bit-xor";
    const ABOUT: &'static str = "exclusive or of bit strings (generated)";
    const KNOWS_SOURCES: bool = true;

    fn check(&self) -> Result<(), String> {
        within("patterns", self.patterns, 2, 1000)?;
        within("bits", self.bits, 1, 100_000)?;
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
            tokens: self.patterns * self.bits,
            inputs: Inputs::Features { width: 1 },
            readout: Readout {
                positions: self.bits,
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

impl Generator for BitXor {
    const NAME: &'static str = "bit-xor";

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let first = batch.targets.len();
        batch.targets.resize(first + self.bits, 0);
        for _ in 0..self.patterns {
            for target in &mut batch.targets[first..] {
                let bit: bool = rng.random();
                batch.features.push(f32::from(u8::from(bit)));
                *target ^= u32::from(bit);
            }
        }
        batch.size += 1;
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => self.validation_examples,
            Split::Test(_) => self.test_examples,
        }
    }

    fn view(&self) -> View {
        View::Strings { bits: self.bits }
    }

    /// The bits that are combined (section 3.5).
    fn sources(&self, batch: &Batch) -> Option<Vec<Vec<usize>>> {
        let tokens = self.patterns * self.bits;
        let positions = (0..batch.size).flat_map(|_| 0..self.bits);
        let combined = positions.map(|bit| (bit..tokens).step_by(self.bits).collect());
        Some(combined.collect())
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        vec![majority(&train.targets, &test.targets)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(patterns: usize) -> Generated<BitXor> {
        let generator = BitXor {
            patterns,
            ..BitXor::default()
        };
        Generated {
            shape: generator.shape(Form::Paper).unwrap(),
            generator,
        }
    }

    #[test]
    fn targets_are_the_exclusive_or_of_all_strings() {
        for patterns in [2, 3] {
            let batch = task(patterns).batch(5, 0, 50);
            for (shown, target) in batch
                .features
                .chunks(5 * patterns)
                .zip(batch.targets.chunks(5))
            {
                for (position, &target) in target.iter().enumerate() {
                    let ones = shown.iter().skip(position).step_by(5).sum::<f32>() as u32;
                    assert_eq!(target, ones % 2);
                }
            }
            assert!(batch.features.iter().all(|bit| *bit == 0.0 || *bit == 1.0));
        }
    }

    #[test]
    fn the_answer_follows_from_the_sources() {
        let task = task(3);
        let batch = task.batch(3, 0, 20);
        let sources = task.sources(&batch).unwrap();
        for (read, tokens) in sources.iter().enumerate() {
            let example = &batch.features[read / 5 * 15..][..15];
            let ones: f32 = tokens.iter().map(|token| example[*token]).sum();
            assert_eq!((tokens.len(), ones as u32 % 2), (3, batch.targets[read]));
        }
    }

    #[test]
    fn bits_are_unbiased() {
        // Chi-square of 10 positions; its 0.999 quantile is 29.6.
        let batch = task(2).batch(11, 0, 4000);
        let ones = |at: usize| {
            batch
                .features
                .chunks(10)
                .filter(|bits| bits[at] == 1.0)
                .count()
        };
        let far = (0..10).map(|at| (ones(at) as f64 - 2000.0).powi(2) / 1000.0);
        assert!(far.sum::<f64>() < 29.6);
    }

    #[test]
    fn guessing_reaches_half() {
        let floors = task(2).floors(0);
        assert!((floors[0].accuracy - 0.5).abs() < 0.02, "{floors:?}");
    }
}
