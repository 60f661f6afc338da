//! How far the first words of an expression carry (knowing the outermost operator alone
//! gives the results that look like evaluation).

use super::expression::{CLOSE, apply};
use super::set::Set;
use crate::floors::{floor, most_frequent};
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
    let floor = |(name, look): (&str, Look)| floor(name, right(look, train, test), test.len());
    STRATEGIES.map(floor).into()
}

/// Test expressions that are answered rightly.
fn right(look: Look, train: &Set, test: &Set) -> usize {
    let mut counts: HashMap<(u8, u8), [usize; 10]> = HashMap::new();
    for (words, value) in train.iter() {
        counts.entry(look(words)).or_default()[value as usize] += 1;
    }
    let answer = |words: &[u8]| {
        let counts = counts.get(&look(words))?;
        most_frequent((0..10_u8).zip(counts.iter().copied()))
    };
    let right = test
        .iter()
        .filter(|(words, value)| answer(words) == Some(*value));
    right.count()
}

// `CLOSE` ends the digits of a flat list like any word that is no digit.
const _: () = assert!(CLOSE >= 10);

#[cfg(test)]
mod tests {
    use super::super::generate;
    use super::super::settings::ListOps;
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
        let floors = floors(&splits.train, &splits.test);
        let [majority, root, first] = [0, 1, 2].map(|number| floors[number].accuracy);
        assert!((majority - 0.17).abs() < 0.025, "{majority}");
        assert!((root - 0.35).abs() < 0.03, "{root}");
        assert!((first - 0.367).abs() < 0.03, "{first}");
    }
}
