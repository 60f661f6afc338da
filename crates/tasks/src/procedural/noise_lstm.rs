//! Noise that went through random LSTMs, after "Universal pre-training by iterated random computation" (Bloem 2025, arXiv
//! 2506.20057).
//!
//! As there: an LSTM with random weights, by a factor between 1 and 3.5 larger than PyTorch draws them (from order to chaos),
//! writes a sequence symbol by symbol, reading what it wrote last beside a sequence that stands beside it; the most probable
//! symbol is written; that sequence is one symbol over and over, or random, or what came out before. There, the LSTM has four
//! layers of 128 and is shared by a batch, and sequences come back through a buffer any number of times. Ours has one small
//! layer, is drawn anew for each sequence and pass, and every sequence takes the same number of passes; embeddings are 0.3 wide
//! (there 1e-8), so that noise matters in short contexts; `tanh` and the logistic function are fractions close to them, for the
//! same numbers on every machine.

use super::dense::{accumulate, greatest, sigmoid, tanh, weights};
use super::sequence::{self, Procedure, Sequences, VOCABULARY};
use crate::error::TaskError;
use crate::generated::Generated;
use crate::settings::{Settings, within};
use crate::task::{Form, Shape, Task};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

const EMBEDDING: f32 = 0.3;

/// Sequences that random LSTMs made of noise: partly regular, and no two by the same rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct NoiseLstm {
    /// Symbols that the body sees.
    context: usize,
    /// Width of an LSTM.
    hidden: usize,
    /// LSTMs that a sequence goes through.
    passes: usize,
}

impl Default for NoiseLstm {
    fn default() -> Self {
        Self {
            context: 128,
            hidden: 16,
            passes: 2,
        }
    }
}

impl Settings for NoiseLstm {
    const NAME: &'static str = "noise-lstm";
    const ABOUT: &'static str = "noise through random LSTMs, a corpus without text (generated)";

    fn check(&self) -> Result<(), String> {
        sequence::check(self.context)?;
        within("hidden", self.hidden, 1, 256)?;
        within("passes", self.passes, 1, 100)
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(sequence::shape(self.context))
    }

    fn validated(&self) -> Option<usize> {
        Some(sequence::HELD_OUT)
    }

    fn tested(&self) -> usize {
        sequence::HELD_OUT
    }

    fn open(self, shape: Shape, _: Form, _: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        Ok(Box::new(Generated {
            shape,
            generator: Sequences(self),
        }))
    }
}

impl Procedure for NoiseLstm {
    const NAME: &'static str = "noise-lstm";

    fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let length = self.context + 1;
        let mut symbols = match rng.random() {
            true => vec![rng.random(); length],
            false => (0..length).map(|_| rng.random()).collect(),
        };
        for _ in 0..self.passes {
            symbols = Lstm::draw(self.hidden, rng).write(&symbols);
        }
        symbols
    }

    /// Symbols as hexadecimal numbers.
    fn symbols(&self) -> Vec<String> {
        (0..VOCABULARY)
            .map(|symbol| format!("{symbol:02x}"))
            .collect()
    }
}

/// A random LSTM that writes symbols.
struct Lstm {
    hidden: usize,
    /// `[symbols, hidden]`, of the sequence that stands beside.
    beside: Vec<f32>,
    /// `[symbols, hidden]`, of the symbol written last.
    last: Vec<f32>,
    /// `[hidden, 4 x hidden]`: from the input to the gates input, forget, cell, output.
    input: Vec<f32>,
    /// `[hidden, 4 x hidden]`: from the state before.
    recurrent: Vec<f32>,
    /// `[4 x hidden]`
    bias: Vec<f32>,
    /// `[hidden, symbols]`
    output: Vec<f32>,
}

impl Lstm {
    fn draw(hidden: usize, rng: &mut ChaCha8Rng) -> Self {
        let bound = rng.random_range(1.0..3.5_f32) / (hidden as f32).sqrt();
        Self {
            hidden,
            beside: weights(VOCABULARY * hidden, EMBEDDING, rng),
            last: weights(VOCABULARY * hidden, EMBEDDING, rng),
            input: weights(hidden * 4 * hidden, bound, rng),
            recurrent: weights(hidden * 4 * hidden, bound, rng),
            bias: weights(4 * hidden, bound, rng),
            output: weights(hidden * VOCABULARY, 1.0, rng),
        }
    }

    /// As many symbols as stand beside; the first one is in the place of one written before.
    fn write(&self, beside: &[u8]) -> Vec<u8> {
        let hidden = self.hidden;
        let row = |symbol: u8| usize::from(symbol) * hidden..(usize::from(symbol) + 1) * hidden;
        let (mut state, mut cell) = (vec![0.0; hidden], vec![0.0; hidden]);
        let mut last = beside.first().copied().unwrap_or(0);
        let mut written = Vec::with_capacity(beside.len());
        for symbol in beside {
            let embedded = self.beside[row(*symbol)].iter().zip(&self.last[row(last)]);
            let embedded: Vec<f32> = embedded.map(|(beside, last)| beside + last).collect();
            let mut gates = self.bias.clone();
            accumulate(&mut gates, &self.input, &embedded);
            accumulate(&mut gates, &self.recurrent, &state);
            for unit in 0..hidden {
                let gate = |number: usize| gates[number * hidden + unit];
                cell[unit] = sigmoid(gate(1)) * cell[unit] + sigmoid(gate(0)) * tanh(gate(2));
                state[unit] = sigmoid(gate(3)) * tanh(cell[unit]);
            }
            let mut scores = [0.0; VOCABULARY];
            accumulate(&mut scores, &self.output, &state);
            last = greatest(&scores) as u8;
            written.push(last);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::stream;

    /// An LSTM whose state is never more than what it was told last.
    fn echo() -> Lstm {
        let mut lstm = Lstm {
            hidden: 2,
            beside: vec![0.0; VOCABULARY * 2],
            last: vec![0.0; VOCABULARY * 2],
            input: vec![0.0; 2 * 8],
            recurrent: vec![0.0; 2 * 8],
            // Gates of input and output are open, that of the cell before is shut.
            bias: vec![9.0, 9.0, -9.0, -9.0, 0.0, 0.0, 9.0, 9.0],
            output: vec![0.0; 2 * VOCABULARY],
        };
        // Unit 0 is up where symbol 7 stands beside, unit 1 where 9 does.
        (lstm.beside[7 * 2], lstm.beside[9 * 2 + 1]) = (1.0, 1.0);
        (lstm.input[4], lstm.input[8 + 5]) = (1.0, 1.0);
        (lstm.output[70], lstm.output[VOCABULARY + 90]) = (1.0, 1.0);
        lstm
    }

    #[test]
    fn gates_do_what_an_lstms_gates_do() {
        assert_eq!(echo().write(&[7, 9, 9, 7]), [70, 90, 90, 70]);
        // With the gate of the cell before open and the one of new input shut, nothing is ever taken in.
        let mut shut = echo();
        shut.bias = vec![-9.0, -9.0, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0];
        assert_eq!(shut.write(&[7, 9, 7]), [0, 0, 0]);
        // Both open: what came once stays, and counts for more than once.
        let mut keeps = echo();
        keeps.bias = vec![9.0, 9.0, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0];
        assert_eq!(keeps.write(&[7, 7, 9, 9, 9]), [70, 70, 70, 70, 90]);
    }

    #[test]
    fn what_was_written_last_is_read() {
        let mut lstm = echo();
        // What stands beside says nothing; 70 is followed by 90, and 90 by 70.
        lstm.beside.fill(0.0);
        (lstm.last[90 * 2], lstm.last[70 * 2 + 1]) = (1.0, 1.0);
        assert_eq!(lstm.write(&[70, 0, 0, 0]), [90, 70, 90, 70]);
    }

    #[test]
    fn sequences_are_neither_noise_nor_all_the_same() {
        let procedure = NoiseLstm::default();
        let mut rng = stream(1, "data");
        let distinct = |symbols: Vec<u8>| {
            let distinct: std::collections::BTreeSet<_> = symbols.into_iter().collect();
            distinct.len()
        };
        let counts: Vec<usize> = (0..200)
            .map(|_| distinct(procedure.sequence(&mut rng)))
            .collect();
        // 129 symbols of uniform noise are some 101 different ones.
        let mean = counts.iter().sum::<usize>() as f64 / 200.0;
        assert!((5.0..20.0).contains(&mean), "{mean}");
        let constant = counts.iter().filter(|count| **count == 1).count();
        assert!(constant < 50, "{constant}");
    }

    #[test]
    fn absurd_settings_are_named() {
        for (context, hidden, passes, named) in [
            (0, 16, 2, "`context` is 0"),
            (128, 0, 2, "`hidden` is 0"),
            (128, 1000, 2, "`hidden` is 1000"),
            (128, 16, 0, "`passes` is 0"),
        ] {
            let error = NoiseLstm {
                context,
                hidden,
                passes,
            };
            let error = error.check().unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
