//! k-Shuffle Dyck, brackets that may cross, as in "Between Circuits and Chomsky: Pre-pretraining on Formal Languages Imparts
//! Linguistic Biases" (Hu et al. 2025, arXiv 2502.19249), where it does better than nested ones. 64 kinds are theirs; which open
//! bracket closes (each with the same probability), how many may be open, and that every sequence is balanced are ours.

use super::brackets::Brackets;
use super::sequence::{self, Procedure, Sequences};
use crate::error::TaskError;
use crate::generated::Generated;
use crate::settings::Settings;
use crate::task::{Form, Shape, Task};
use data::DataDir;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Brackets of k kinds, each kind balanced by itself, and kinds shuffled: any open bracket may close.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KShuffle(Brackets);

impl Settings for KShuffle {
    const NAME: &'static str = "k-shuffle";
    const ABOUT: &'static str = "brackets that cross, a corpus without text (generated)";

    fn check(&self) -> Result<(), String> {
        self.0.check()
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(sequence::shape(self.0.context))
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

impl Procedure for KShuffle {
    const NAME: &'static str = "k-shuffle";

    fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
        self.0.sequence(rng, |open, rng| {
            let any = rng.random_range(0..open.len() as u32) as usize;
            Some(open.swap_remove(any))
        })
    }

    fn symbols(&self) -> Vec<String> {
        self.0.symbols()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::stream;

    #[test]
    fn each_kind_is_balanced_and_kinds_cross() {
        let shuffle = KShuffle(Brackets {
            kinds: 3,
            context: 63,
            max_depth: 8,
            ..Brackets::default()
        });
        let mut rng = stream(1, "data");
        let mut crossed = 0;
        for _ in 0..200 {
            let (mut open, mut nested) = ([0_i32; 3], Vec::new());
            for symbol in shuffle.sequence(&mut rng) {
                let kind = symbol % 3;
                if symbol < 3 {
                    open[kind as usize] += 1;
                    nested.push(kind);
                } else {
                    open[kind as usize] -= 1;
                    // Whether nested brackets would have closed another kind.
                    crossed += usize::from(nested.last() != Some(&kind));
                    let at = nested.iter().rposition(|other| *other == kind);
                    nested.remove(at.unwrap());
                }
                assert!(open.iter().all(|depth| *depth >= 0));
                assert!(open.iter().sum::<i32>() <= 8);
            }
            assert_eq!(open, [0; 3]);
        }
        assert!(crossed > 1000, "{crossed}");
    }
}
