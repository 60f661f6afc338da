use crate::error::TaskError;
use crate::floors::{floor, majority};
use crate::generated::{Generated, Generator};
use crate::settings::{Settings, within};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Bit Memory (section 2.1): several random bit strings are shown, then one of them again with
/// about half of its bits masked; the whole string is to be recalled.
///
/// Bits are -1 and +1, masked bits 0. A string is cut into patches, one a token, string by string;
/// the tokens of the masked string come last and are read out. Accuracy counts all bits, those
/// shown included, as in the official code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct BitMemory {
    /// Strings shown before the question.
    patterns: usize,
    /// Length of a string.
    bits: usize,
    /// Bits a token.
    patch: usize,
    validation_examples: usize,
    test_examples: usize,
}

impl Default for BitMemory {
    fn default() -> Self {
        Self {
            patterns: 5,
            bits: 1000,
            patch: 50,
            validation_examples: 200,
            test_examples: 1000,
        }
    }
}

impl Settings for BitMemory {
    const NAME: &'static str = "bit-memory";
    const ABOUT: &'static str = "recall a half-masked bit string shown before (generated)";
    const KNOWS_SOURCES: bool = true;

    fn check(&self) -> Result<(), String> {
        within("patterns", self.patterns, 1, 1000)?;
        within("bits", self.bits, 1, 100_000)?;
        within("patch", self.patch, 1, self.bits)?;
        within(
            "validation-examples",
            self.validation_examples,
            1,
            1_000_000,
        )?;
        within("test-examples", self.test_examples, 1, 1_000_000)?;
        if !self.bits.is_multiple_of(self.patch) {
            let Self { bits, patch, .. } = self;
            return Err(format!(
                "`patch` is {patch}, which does not divide `bits` = {bits}"
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
        let ratio = self.bits / self.patch;
        Ok(Shape {
            tokens: (self.patterns + 1) * ratio,
            inputs: Inputs::Features { width: self.patch },
            readout: Readout {
                positions: ratio,
                predictions: self.patch,
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

impl Generator for BitMemory {
    const NAME: &'static str = "bit-memory";

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let start = batch.features.len();
        for _ in 0..self.patterns * self.bits {
            batch.features.push(if rng.random() { 1.0 } else { -1.0 });
        }
        let asked = start + rng.random_range(0..self.patterns as u32) as usize * self.bits;
        for index in asked..asked + self.bits {
            let bit = batch.features[index];
            batch.features.push(if rng.random() { bit } else { 0.0 });
            batch.targets.push(u32::from(bit > 0.0));
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

    /// The same patch of the string that is asked for (section 3.5).
    fn sources(&self, batch: &Batch) -> Option<Vec<Vec<usize>>> {
        let patches = self.bits / self.patch;
        let examples = batch.features.chunks((self.patterns + 1) * self.bits);
        let mut sources = Vec::new();
        for (example, target) in examples.zip(batch.targets.chunks(self.bits)) {
            let is_asked = |string: &[f32]| {
                let mut bits = string.iter().zip(target);
                bits.all(|(bit, class)| u32::from(*bit > 0.0) == *class)
            };
            let asked = example.chunks(self.bits).position(is_asked)?;
            sources.extend((0..patches).map(|patch| vec![asked * patches + patch]));
        }
        Some(sources)
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        let shown = test.features.chunks((self.patterns + 1) * self.bits);
        let queries = shown.flat_map(|example| &example[self.patterns * self.bits..]);
        // A masked bit is guessed to be -1: 0.0 and -1.0 both give class 0.
        let right = queries
            .zip(&test.targets)
            .filter(|(bit, target)| u32::from(**bit > 0.0) == **target);
        let copy = floor("copy and guess", right.count(), test.targets.len());
        vec![majority(&train.targets, &test.targets), copy]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Generated<BitMemory> {
        let generator = BitMemory {
            patterns: 3,
            bits: 8,
            patch: 4,
            ..BitMemory::default()
        };
        Generated {
            shape: generator.shape(Form::Paper).unwrap(),
            generator,
        }
    }

    #[test]
    fn the_paper_shows_120_tokens_of_50_bits_and_reads_20() {
        let shape = BitMemory::default().shape(Form::Paper).unwrap();
        assert_eq!(shape.tokens, 120);
        assert_eq!(shape.inputs, Inputs::Features { width: 50 });
        assert_eq!(
            shape.readout,
            Readout {
                positions: 20,
                predictions: 50,
                classes: 2
            }
        );
    }

    #[test]
    fn the_question_is_one_of_the_strings_with_about_half_its_bits() {
        let task = small();
        let batch = task.batch(1, 0, 200);
        let mut masked = 0;
        for (shown, target) in batch.features.chunks(32).zip(batch.targets.chunks(8)) {
            let (strings, question) = shown.split_at(24);
            assert!(strings.iter().all(|bit| bit.abs() == 1.0));
            assert!(strings.chunks(8).any(|string| {
                let same = string
                    .iter()
                    .zip(target)
                    .all(|(bit, &class)| (*bit > 0.0) == (class == 1));
                same && string
                    .iter()
                    .zip(question)
                    .all(|(bit, seen)| *seen == 0.0 || seen == bit)
            }));
            masked += question.iter().filter(|bit| **bit == 0.0).count();
        }
        assert!((masked as f64 / 1600.0 - 0.5).abs() < 0.05);
    }

    #[test]
    fn the_answer_stands_at_the_sources() {
        let task = small();
        let batch = task.batch(3, 0, 50);
        let sources = task.sources(&batch).unwrap();
        assert_eq!(sources.len(), 50 * 2);
        for (read, tokens) in sources.iter().enumerate() {
            let [token] = tokens[..] else { panic!() };
            let (example, patch) = (read / 2, read % 2);
            let seen = &batch.features[example * 32 + token * 4..][..4];
            let target = &batch.targets[example * 8 + patch * 4..][..4];
            let classes: Vec<u32> = seen.iter().map(|bit| u32::from(*bit > 0.0)).collect();
            assert_eq!(classes, target);
        }
    }

    #[test]
    fn bits_are_unbiased() {
        // Pearson's statistic over positions has as many degrees of freedom as there are positions;
        // 0.999 quantiles of chi-square: 24 positions 51.2, 2 choices of mask 13.8, 3 strings 16.3.
        let batch = small().batch(11, 0, 4000);
        let examples = || batch.features.chunks(32);
        let statistic = |counts: &[f64], expected: f64, variance: f64| -> f64 {
            let far = counts
                .iter()
                .map(|count| (count - expected).powi(2) / variance);
            far.sum()
        };
        let ones = |at: usize| examples().filter(|bits| bits[at] > 0.0).count() as f64;
        let shown: Vec<f64> = (0..24).map(ones).collect();
        assert!(statistic(&shown, 2000.0, 1000.0) < 51.2);
        let masked = examples()
            .flat_map(|bits| &bits[24..])
            .filter(|bit| **bit == 0.0);
        assert!(statistic(&[masked.count() as f64], 16_000.0, 8000.0) < 10.8);
        let mut asked = [0.0_f64; 3];
        for (bits, target) in examples().zip(batch.targets.chunks(8)) {
            let same = |string: &[f32]| {
                let pairs = string.iter().zip(target);
                pairs
                    .into_iter()
                    .all(|(bit, class)| (*bit > 0.0) == (*class == 1))
            };
            let which = bits[..24].chunks(8).position(same).unwrap();
            asked[which] += 1.0;
        }
        // Of equal strings the first is counted: one example in 170.
        assert!(
            statistic(&asked, 4000.0 / 3.0, 4000.0 / 3.0) < 16.3,
            "{asked:?}"
        );
    }

    #[test]
    fn batches_are_a_function_of_seed_and_step_and_splits_of_nothing() {
        let task = small();
        assert_eq!(task.batch(1, 7, 4), task.batch(1, 7, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(1, 8, 4));
        assert_ne!(task.batch(1, 7, 4), task.batch(2, 7, 4));
        let whole = task.examples(Split::Test(0), 0..10);
        assert_eq!(
            whole.features[3 * 32..],
            task.examples(Split::Test(0), 3..10).features
        );
        assert_ne!(whole, task.examples(Split::Validation, 0..10));
    }

    #[test]
    fn copying_and_guessing_reaches_three_quarters() {
        let floors = small().floors(0);
        assert!((floors[0].accuracy - 0.5).abs() < 0.02, "{floors:?}");
        assert!((floors[1].accuracy - 0.75).abs() < 0.02, "{floors:?}");
    }
}
