//! Elementary cellular automaton rule 110, one of the procedures of "Procedural Pretraining: Warming Up Language Models with
//! Abstract Data" (Jiang et al. 2026, arXiv 2601.21725). That a row is a ring, its width, and that each sequence begins with a
//! random row are ours.

use super::sequence::{self, Procedure, Sequences};
use crate::automaton::next;
use crate::error::TaskError;
use crate::generated::Generated;
use crate::settings::{Settings, within};
use crate::task::{Form, Shape, Task};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Rows of rule 110, one after another, the last one cut by the context.
///
/// The first row is random, so `width - 1` of `context` predictions are of noise and right by chance alone: accuracy ends at
/// `1 - (width - 1) / (2 context)`. All others follow from the row before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Rule110 {
    /// Cells that the body sees.
    context: usize,
    /// Cells of a row. There are 2^width first rows: with few, test rows are seen in training.
    width: usize,
}

impl Default for Rule110 {
    fn default() -> Self {
        Self {
            context: 128,
            width: 24,
        }
    }
}

impl Settings for Rule110 {
    const NAME: &'static str = "rule-110";
    const ABOUT: &'static str = "a cellular automaton, a corpus without text (generated)";

    fn check(&self) -> Result<(), String> {
        sequence::check(self.context)?;
        let Self { context, width } = *self;
        if width > context {
            return Err(format!(
                "`width` is {width}, more than `context` = {context}: no row would follow the first"
            ));
        }
        within("width", width, 3, 100_000)
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

impl Procedure for Rule110 {
    const NAME: &'static str = "rule-110";

    fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let length = self.context + 1;
        let mut row: Vec<bool> = (0..self.width).map(|_| rng.random()).collect();
        let mut cells = Vec::with_capacity(length + self.width);
        while cells.len() < length {
            cells.extend(row.iter().map(|cell| u8::from(*cell)));
            row = next(&row, 110);
        }
        cells.truncate(length);
        cells
    }

    fn symbols(&self) -> Vec<String> {
        ["·", "#"].map(str::to_owned).to_vec()
    }

    fn before(&self) -> Option<(&'static str, usize)> {
        Some(("the cell above", self.width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::stream;

    fn small() -> Rule110 {
        Rule110 {
            context: 41,
            width: 8,
        }
    }

    #[test]
    fn rows_follow_from_the_row_before() {
        // 111 -> 0, 110 -> 1, 101 -> 1, 100 -> 0, 011 -> 1, 010 -> 1, 001 -> 1, 000 -> 0.
        let new = [0, 1, 1, 1, 0, 1, 1, 0];
        let mut rng = stream(1, "data");
        for _ in 0..50 {
            let cells = small().sequence(&mut rng);
            assert_eq!(cells.len(), 42);
            for at in 8..42 {
                let (row, column) = (at / 8 - 1, at % 8);
                let above = |column: usize| cells[row * 8 + column % 8] as usize;
                let [left, own, right] = [column + 7, column, column + 1].map(above);
                assert_eq!(cells[at], new[4 * left + 2 * own + right]);
            }
        }
    }

    #[test]
    fn first_rows_are_random() {
        let mut rng = stream(1, "data");
        let rows = (0..2000).map(|_| small().sequence(&mut rng)[..8].to_vec());
        let ones: usize = rows.flatten().map(usize::from).sum();
        // Four deviations of 16,000 fair bits are 253.
        assert!(ones.abs_diff(8000) < 253, "{ones}");
    }

    #[test]
    fn absurd_settings_are_named() {
        for (context, width, named) in [
            (0, 24, "`context` is 0"),
            (16, 24, "`width` is 24, more than `context` = 16"),
            (16, 2, "`width` is 2"),
        ] {
            let error = Rule110 { context, width }.check().unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
