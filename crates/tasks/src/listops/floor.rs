//! How far the first words of an expression carry (knowing the outermost operator alone
//! gives the results that look like evaluation).

use super::expression::{CLOSE, apply};
use super::set::Set;
use crate::task::Floor;
use std::collections::HashMap;

/// What a strategy looks at.
type Look = fn(&[u8]) -> (u8, u8);

const NOTHING: u8 = u8::MAX;

const STRATEGIES: [(&str, Look); 3] = [
    ("majority class", |_| (NOTHING, NOTHING)),
    ("root operator", |words| (words[0], NOTHING)),
    (
        "root operator on the digits before the first nested list",
        |words| {
            let digits = words[1..].iter().take_while(|word| **word < 10);
            let mut digits: Vec<u8> = digits.copied().collect();
            let value = if digits.is_empty() {
                NOTHING
            } else {
                apply(words[0], &mut digits)
            };
            (words[0], value)
        },
    ),
];

/// Each strategy answers with the most frequent training value of what it looks at.
pub(super) fn floors(train: &Set, test: &Set) -> Vec<Floor> {
    let floor = |(name, look): (&str, Look)| Floor {
        strategy: name.to_owned(),
        accuracy: accuracy(look, train, test),
    };
    STRATEGIES.map(floor).into()
}

fn accuracy(look: Look, train: &Set, test: &Set) -> f64 {
    let mut counts: HashMap<(u8, u8), [u32; 10]> = HashMap::new();
    for (words, value) in train.iter() {
        counts.entry(look(words)).or_default()[value as usize] += 1;
    }
    let answer = |words: &[u8]| {
        let counts = counts.get(&look(words))?;
        // The smallest of equally frequent values, so that the floor does not depend on the map.
        (0..10_u8).max_by_key(|value| (counts[*value as usize], 10 - value))
    };
    let right = test
        .iter()
        .filter(|(words, value)| answer(words) == Some(*value))
        .count();
    right as f64 / test.len().max(1) as f64
}

// `CLOSE` ends the digits of a flat list like any word that is no digit.
const _: () = assert!(CLOSE >= 10);

#[cfg(test)]
mod tests {
    use super::super::{generate, settings::ListOps};
    use super::*;

    #[test]
    fn floors_of_lra_are_those_measured_for_the_paper() {
        let settings = ListOps {
            train_examples: 8000,
            validation_examples: 1,
            test_examples: 3000,
            ..ListOps::default()
        };
        let splits = generate::splits(&settings).unwrap();
        let [majority, root, first] =
            STRATEGIES.map(|(_, look)| accuracy(look, &splits.train, &splits.test));
        assert!((majority - 0.17).abs() < 0.025, "{majority}");
        assert!((root - 0.35).abs() < 0.03, "{root}");
        assert!((first - 0.367).abs() < 0.03, "{first}");
    }
}
