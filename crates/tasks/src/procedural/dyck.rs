//! k-Dyck, brackets that nest, as in "Between Circuits and Chomsky: Pre-pretraining on Formal Languages Imparts Linguistic
//! Biases" (Hu et al. 2025, arXiv 2502.19249) and, earlier, in "Learning Music Helps You Read" (Papadimitriou and Jurafsky
//! 2020, arXiv 2004.14601). 64 kinds are Hu et al.'s; the probabilities, the greatest depth and that every sequence is balanced
//! are ours.

use super::brackets::Brackets;
use super::sequence::{self, Procedure, Sequences};
use crate::error::TaskError;
use crate::generated::Generated;
use crate::settings::Settings;
use crate::task::{Form, Shape, Task};
use data::DataDir;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Brackets of k kinds, well nested: what closes is always what was opened last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Dyck(Brackets);

impl Settings for Dyck {
    const NAME: &'static str = "dyck";
    const ABOUT: &'static str = "brackets that nest, a corpus without text (generated)";

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

impl Procedure for Dyck {
    const NAME: &'static str = "dyck";

    fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
        self.0.sequence(rng, |open, _| open.pop())
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
    fn words_are_balanced_and_close_what_was_opened_last() {
        let mut rng = stream(1, "data");
        for (context, max_depth) in [(127, 16), (127, 3), (9, 9), (3, 1)] {
            let dyck = Dyck(Brackets {
                kinds: 5,
                context,
                max_depth,
                ..Brackets::default()
            });
            let mut deepest = 0;
            for _ in 0..200 {
                let word = dyck.sequence(&mut rng);
                assert_eq!(word.len(), context + 1);
                let mut open = Vec::new();
                for symbol in word {
                    match symbol {
                        kind @ 0..5 => open.push(kind),
                        closing => assert_eq!(open.pop(), Some(closing - 5)),
                    }
                    deepest = deepest.max(open.len());
                }
                assert!(open.is_empty());
            }
            assert!(
                deepest <= max_depth && deepest >= max_depth.min(4),
                "{deepest}"
            );
        }
    }

    #[test]
    fn an_even_context_cuts_the_last_bracket() {
        let dyck = Dyck(Brackets {
            kinds: 128,
            context: 4,
            ..Brackets::default()
        });
        let mut rng = stream(1, "data");
        for _ in 0..100 {
            let word = dyck.sequence(&mut rng);
            let closing = word.iter().filter(|symbol| **symbol >= 128).count();
            assert_eq!((word.len(), closing), (5, 2));
        }
    }

    #[test]
    fn half_of_the_brackets_may_be_known_and_a_quarter_from_the_last_symbol() {
        let dyck = Dyck::default();
        let shape = dyck.shape(Form::Fair).unwrap();
        let task = dyck
            .open(shape, Form::Fair, &DataDir::new("nowhere"))
            .unwrap();
        let floors = task.floors(0);
        assert!(floors[0].accuracy < 0.02, "{floors:?}");
        assert!((floors[1].accuracy - 0.25).abs() < 0.05, "{floors:?}");
    }
}
