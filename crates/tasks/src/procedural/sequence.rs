//! What corpora without text share: an example is one sequence, every position of which predicts the next symbol.

use crate::floors::{floor, most_frequent};
use crate::generated::Generator;
use crate::settings::within;
use crate::task::{Batch, Floor, Inputs, Readout, Shape, Split, View};
use rand_chacha::ChaCha8Rng;

/// Tokens of a body that reads bytes; a procedure uses the first of them.
pub(super) const VOCABULARY: usize = 256;

/// Sequences that are validated on, and as many that are tested on.
pub(super) const HELD_OUT: usize = 500;

/// A procedure that writes sequences of symbols.
pub(super) trait Procedure: Send + Sync {
    const NAME: &'static str;

    /// A sequence drawn anew: one symbol more than the context, since the last one is only predicted.
    fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8>;

    /// How the symbols look that occur, by number.
    fn symbols(&self) -> Vec<String>;

    /// What stands for the same place one time step before, and how many tokens before.
    fn before(&self) -> Option<(&'static str, usize)> {
        None
    }
}

/// # Errors
/// A context that no body has.
pub(super) fn check(context: usize) -> Result<(), String> {
    within("context", context, 2, 100_000)
}

/// The shape of the task `text`.
pub(super) fn shape(context: usize) -> Shape {
    Shape {
        tokens: context,
        inputs: Inputs::Language {
            vocabulary: VOCABULARY,
        },
        readout: Readout {
            positions: context,
            predictions: 1,
            classes: VOCABULARY,
        },
    }
}

/// The sequences of a procedure as examples.
pub(super) struct Sequences<P>(pub P);

impl<P: Procedure> Generator for Sequences<P> {
    const NAME: &'static str = P::NAME;

    fn example(&self, rng: &mut ChaCha8Rng, batch: &mut Batch) {
        let symbols = self.0.sequence(rng);
        let ids = symbols.iter().map(|symbol| u32::from(*symbol));
        batch.ids.extend(ids.clone().take(symbols.len() - 1));
        batch.targets.extend(ids.skip(1));
        batch.size += 1;
    }

    fn len(&self, _: Split) -> usize {
        HELD_OUT
    }

    fn view(&self) -> View {
        let mut names = self.0.symbols();
        names.resize(VOCABULARY, "?".to_owned());
        View::Symbols(names)
    }

    fn floors(&self, train: &Batch, test: &Batch) -> Vec<Floor> {
        let most = most_frequent(counts(&train.targets)).unwrap_or(0);
        let followers = followers(train, most);
        let mut floors = vec![
            reached("most frequent symbol", test, |_, _| most),
            reached("most frequent successor", test, |seen, at| {
                followers[seen[at] as usize]
            }),
        ];
        if let Some((strategy, back)) = self.0.before() {
            floors.push(reached(strategy, test, |seen, at| {
                let before = (at + 1).checked_sub(back).map(|before| seen[before]);
                before.unwrap_or(most)
            }));
        }
        floors
    }
}

/// How often each symbol occurs.
fn counts(symbols: &[u32]) -> impl Iterator<Item = (u32, usize)> {
    let mut counts = [0; VOCABULARY];
    for symbol in symbols {
        counts[*symbol as usize] += 1;
    }
    (0..).zip(counts)
}

/// What follows each symbol most often; `unseen` where nothing does.
fn followers(train: &Batch, unseen: u32) -> Vec<u32> {
    let mut after = vec![Vec::new(); VOCABULARY];
    for (symbol, next) in train.ids.iter().zip(&train.targets) {
        after[*symbol as usize].push(*next);
    }
    let most = |next: &Vec<u32>| match next.is_empty() {
        true => unseen,
        false => most_frequent(counts(next)).unwrap_or(unseen),
    };
    after.iter().map(most).collect()
}

/// What a strategy reaches that answers by the symbols of an example and the position it is asked at.
fn reached(strategy: &str, test: &Batch, answer: impl Fn(&[u32], usize) -> u32) -> Floor {
    let tokens = (test.ids.len() / test.size.max(1)).max(1);
    let examples = test.ids.chunks(tokens).zip(test.targets.chunks(tokens));
    let right = examples.map(|(seen, targets)| {
        let right = |(at, target): &(usize, &u32)| answer(seen, *at) == **target;
        targets.iter().enumerate().filter(right).count()
    });
    floor(strategy, right.sum(), test.targets.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::Generated;
    use crate::task::Task;
    use rand::RngExt;

    /// 0, 1, 2, 0, 1, 2, … from a random place on.
    struct Round;

    impl Procedure for Round {
        const NAME: &'static str = "round";

        fn sequence(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
            let start = rng.random_range(0..3_u8);
            (0..8).map(|step| (start + step) % 3).collect()
        }

        fn symbols(&self) -> Vec<String> {
            ["a", "b", "c"].map(str::to_owned).to_vec()
        }

        fn before(&self) -> Option<(&'static str, usize)> {
            Some(("the last but two", 3))
        }
    }

    fn task() -> Generated<Sequences<Round>> {
        Generated {
            shape: shape(7),
            generator: Sequences(Round),
        }
    }

    #[test]
    fn every_position_predicts_the_next_symbol() {
        let batch = task().batch(1, 0, 50);
        assert_eq!((batch.ids.len(), batch.targets.len()), (350, 350));
        for (ids, targets) in batch.ids.chunks(7).zip(batch.targets.chunks(7)) {
            assert_eq!(ids[1..], targets[..6]);
            assert_eq!((ids[6] + 1) % 3, targets[6]);
        }
    }

    #[test]
    fn batches_are_a_function_of_seed_and_step_and_splits_of_nothing() {
        let task = task();
        assert_eq!(task.batch(1, 7, 8), task.batch(1, 7, 8));
        assert_ne!(task.batch(1, 7, 8), task.batch(1, 8, 8));
        assert_ne!(task.batch(1, 7, 8), task.batch(2, 7, 8));
        assert_eq!(task.len(Split::Test(0)), 500);
        let whole = task.examples(Split::Test(0), 0..10);
        let part = task.examples(Split::Test(0), 3..10);
        assert_eq!(whole.ids[3 * 7..], part.ids);
    }

    #[test]
    fn floors_know_the_symbol_its_successor_and_the_step_before() {
        let floors = task().floors(0);
        let reached = |index: usize| floors[index].accuracy;
        assert!((reached(0) - 1.0 / 3.0).abs() < 0.03, "{floors:?}");
        assert_eq!(reached(1), 1.0);
        // The first two of seven have nothing three tokens before.
        assert!(
            (reached(2) - (5.0 + 2.0 / 3.0) / 7.0).abs() < 0.03,
            "{floors:?}"
        );
    }
}
