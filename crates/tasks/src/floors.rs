//! What a model without understanding reaches.

use crate::task::Floor;
use std::collections::BTreeMap;

/// The most frequent class of `train`, the smallest of equals, always: what it reaches on `test`.
pub fn majority(train: &[u32], test: &[u32]) -> Floor {
    let mut counts = BTreeMap::<u32, usize>::new();
    for class in train {
        *counts.entry(*class).or_default() += 1;
    }
    let most = most_frequent(counts).unwrap_or(0);
    let right = test.iter().filter(|class| **class == most).count();
    floor("majority class", right, test.len())
}

/// What is counted most often; the smallest of equals, so that a floor follows from the counts alone.
pub(crate) fn most_frequent<T: Ord>(counts: impl IntoIterator<Item = (T, usize)>) -> Option<T> {
    let counts = counts.into_iter();
    let most = counts
        .max_by(|(value, count), (other, others)| count.cmp(others).then_with(|| other.cmp(value)));
    most.map(|(value, _)| value)
}

/// A strategy that answers so many of all examples rightly.
pub(crate) fn floor(strategy: &str, right: usize, all: usize) -> Floor {
    Floor {
        strategy: strategy.to_owned(),
        accuracy: right as f64 / all.max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_of_equals_is_the_most_frequent() {
        assert_eq!(most_frequent([(3, 2), (1, 5), (2, 5), (0, 1)]), Some(1));
        assert_eq!(most_frequent(Vec::<(u8, usize)>::new()), None);
        assert_eq!(majority(&[2, 2, 1, 1, 0], &[1, 1, 2, 0]).accuracy, 0.5);
        assert_eq!(majority(&[], &[]).accuracy, 0.0);
    }
}
