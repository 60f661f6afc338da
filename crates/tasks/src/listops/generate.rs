//! LRA's sampler, with expressions numbered so that they can be drawn in parallel.

use super::expression::{CLOSE, MIN, SM};
use super::set::{Growing, Splits};
use super::settings::ListOps;
use crate::streams::fixed;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashSet;

/// Chance that a node is a digit where it may be a list.
const DIGIT: f64 = 0.75;

/// Trees drawn for one expression before the lengths asked for count as impossible.
const TRIES: usize = 100_000;

/// Test, validation and training set, in this order from one row of distinct expressions: a longer
/// training set leaves the others as they are.
pub(super) fn splits(settings: &ListOps) -> Result<Splits, String> {
    let sizes = [
        settings.test_examples,
        settings.validation_examples,
        settings.train_examples,
    ];
    let wanted: usize = sizes.iter().sum();
    let mut rows: Vec<Vec<u8>> = Vec::with_capacity(wanted);
    let mut seen = HashSet::with_capacity(wanted);
    let mut next = 0_u64;
    while rows.len() < wanted {
        let round = ((wanted - rows.len()) as u64 * 5 / 4).max(1024);
        let drawn: Option<Vec<_>> = (next..next + round)
            .into_par_iter()
            .map(|index| draw(settings, index))
            .collect();
        let drawn = drawn.ok_or_else(|| {
            "no expression drawn is longer than `min-length` and shorter than `max-length`; \
             raise `max-depth`, `max-args` or the distance of the two"
                .to_owned()
        })?;
        next += round;
        let before = rows.len();
        for words in drawn {
            if rows.len() < wanted && seen.insert(*blake3::hash(&words).as_bytes()) {
                rows.push(words);
            }
        }
        if rows.len() < wanted && ((rows.len() - before) as u64) < round / 100 {
            return Err(format!(
                "these lengths allow too few different expressions: {} of the {wanted} asked for \
                 were found; ask for fewer or longer ones",
                rows.len()
            ));
        }
    }
    let mut rows = rows.into_iter();
    let [test, validation, train] = sizes.map(|size| {
        let mut set = Growing::default();
        rows.by_ref()
            .take(size)
            .try_for_each(|words| set.push(&words))
            .map(|()| set.finish())
    });
    Ok(Splits {
        train: train?,
        validation: validation?,
        test: test?,
    })
}

/// Expression number `index`: the first tree of its stream with a length as asked for.
fn draw(settings: &ListOps, index: u64) -> Option<Vec<u8>> {
    let mut rng = fixed("listops", index);
    let mut words = Vec::new();
    for _ in 0..TRIES {
        words.clear();
        // The outermost node is a list in any expression long enough; drawing it as one saves
        // three quarters of the tries and leaves the distribution as it is.
        list(settings, 1, &mut rng, &mut words);
        if words.len() > settings.min_length && words.len() < settings.max_length {
            return Some(words);
        }
    }
    None
}

fn node(settings: &ListOps, depth: usize, rng: &mut ChaCha8Rng, words: &mut Vec<u8>) {
    if depth < settings.max_depth && !rng.random_bool(DIGIT) {
        list(settings, depth, rng, words);
    } else {
        words.push(rng.random_range(0..10));
    }
}

fn list(settings: &ListOps, depth: usize, rng: &mut ChaCha8Rng, words: &mut Vec<u8>) {
    words.push(rng.random_range(MIN..=SM));
    for _ in 0..rng.random_range(2..=settings.max_args as u32) {
        // Too long already: the tree is thrown away whatever follows.
        if words.len() >= settings.max_length {
            return;
        }
        node(settings, depth + 1, rng, words);
    }
    words.push(CLOSE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_spread_as_in_lra() {
        let settings = ListOps {
            train_examples: 3000,
            validation_examples: 1,
            test_examples: 1,
            ..ListOps::default()
        };
        let train = splits(&settings).unwrap().train;
        assert!(
            train
                .iter()
                .all(|(words, _)| words.len() > 500 && words.len() < 2000)
        );
        let mut counts = [0_usize; 10];
        train
            .iter()
            .for_each(|(_, value)| counts[value as usize] += 1);
        // 0 and 9 about 17 % each, the others 7 to 9 %.
        for (value, count) in counts.into_iter().enumerate() {
            let share = count as f64 / 3000.0;
            let expected = if matches!(value, 0 | 9) {
                0.14..0.20
            } else {
                0.055..0.105
            };
            assert!(expected.contains(&share), "{value}: {share}");
        }
    }

    #[test]
    fn lengths_and_operators_are_spread_as_in_lra() {
        let settings = ListOps {
            train_examples: 3000,
            validation_examples: 1,
            test_examples: 1,
            ..ListOps::default()
        };
        let train = splits(&settings).unwrap().train;
        let median = |mut lengths: Vec<usize>| {
            lengths.sort_unstable();
            lengths[lengths.len() / 2]
        };
        let whole: Vec<usize> = train.iter().map(|(words, _)| words.len()).collect();
        let open = |words: &[u8]| words.iter().filter(|word| **word != CLOSE).count();
        let without: Vec<usize> = train.iter().map(|(words, _)| open(words)).collect();
        // Medians 995 and, as the paper's form sees them, 855; 11.9 % of the latter fit in 512.
        let fit = without.iter().filter(|length| **length <= 512).count() as f64 / 3000.0;
        assert!((fit - 0.119).abs() < 0.02, "{fit}");
        let medians = (median(whole) as f64, median(without) as f64);
        assert!((medians.0 - 995.0).abs() < 40.0, "{medians:?}");
        assert!((medians.1 - 855.0).abs() < 40.0, "{medians:?}");
        // Operators are uniform: 3 degrees of freedom, 0.999 quantile 16.3. Within an expression
        // they are drawn apart from its length, so that all count.
        let mut counts = [0.0_f64; 4];
        for word in train.iter().flat_map(|(words, _)| words) {
            if (MIN..=SM).contains(word) {
                counts[usize::from(word - MIN)] += 1.0;
            }
        }
        let expected = counts.iter().sum::<f64>() / 4.0;
        let statistic = counts.map(|count| (count - expected).powi(2) / expected);
        assert!(statistic.iter().sum::<f64>() < 16.3, "{counts:?}");
    }

    #[test]
    fn a_longer_training_set_keeps_the_test_set() {
        let short = ListOps {
            train_examples: 10,
            test_examples: 20,
            ..tiny()
        };
        let long = ListOps {
            train_examples: 500,
            ..short.clone()
        };
        let [short, long] = [short, long].map(|settings| splits(&settings).unwrap().test);
        assert!((0..20).all(|index| short.words(index) == long.words(index)));
    }

    #[test]
    fn impossible_lengths_are_errors() {
        let none = ListOps {
            min_length: 90,
            max_length: 100,
            max_depth: 2,
            ..tiny()
        };
        assert!(splits(&none).is_err());
        let few = ListOps {
            max_length: 5,
            max_depth: 2,
            max_args: 2,
            ..tiny()
        };
        assert!(splits(&few).is_err_and(|error| error.contains("too few")));
    }

    fn tiny() -> ListOps {
        let base = ListOps {
            max_depth: 3,
            max_args: 4,
            validation_examples: 5,
            ..ListOps::default()
        };
        ListOps {
            min_length: 2,
            max_length: 33,
            ..base
        }
    }
}
