use super::corpus::Corpus;
use crate::floors::most_frequent;
use crate::streams::{at, stream};
use crate::task::Split;
use rand::RngExt;
use std::ops::Range;

/// A corpus in windows of so many tokens, each with the byte behind it.
pub(super) struct Windows {
    pub corpus: Corpus,
    pub tokens: usize,
}

impl Windows {
    /// The windows of a gradient step: a pure function of the arguments.
    pub fn drawn(&self, seed: u64, step: u64, size: usize) -> impl Iterator<Item = &[u8]> {
        let mut rng = at(stream(seed, "order"), step);
        let text = &self.corpus.train;
        let starts = (text.len() - self.tokens) as u64;
        (0..size).map(move |_| self.at(text, rng.random_range(0..starts) as usize))
    }

    /// Windows of a split: side by side, so each byte but the first follows one of them once.
    pub fn len(&self, split: Split) -> usize {
        (self.corpus.split(split).len() - 1) / self.tokens
    }

    /// Windows `range` of a split.
    pub fn held(&self, split: Split, range: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let windows = self.len(split);
        let stride = stride(windows);
        range.map(move |index| {
            let start = index * stride % windows * self.tokens;
            self.at(self.corpus.split(split), start)
        })
    }

    /// The byte that the training text has most often.
    pub fn most_frequent(&self) -> u8 {
        let mut counts = [0_usize; 256];
        let text = self.corpus.train.iter();
        text.for_each(|byte| counts[*byte as usize] += 1);
        most_frequent((0..=255_u8).zip(counts)).unwrap_or(b' ')
    }

    fn at<'a>(&self, text: &'a [u8], start: usize) -> &'a [u8] {
        &text[start..=start + self.tokens]
    }
}

/// What each byte is shown as.
pub(super) fn symbols() -> Vec<String> {
    let symbol = |byte: u8| match byte {
        b'\n' => "↵".to_owned(),
        byte => char::from(byte).to_string(),
    };
    (0..=255).map(symbol).collect()
}

/// Steps through `windows` of them that visit each once and spread from the first on, so that a
/// curve over a few hundred windows has seen every document: next to the golden section, and
/// without a common factor.
fn stride(windows: usize) -> usize {
    let golden = (windows as f64 * 0.618) as usize;
    (golden.max(1)..)
        .find(|stride| gcd(*stride, windows) == 1)
        .unwrap_or(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_visited_once_each_and_the_first_ones_come_from_everywhere() {
        for windows in [1, 2, 3, 7, 12, 500, 9999] {
            let order = (0..windows).map(|index| index * stride(windows) % windows);
            let seen: std::collections::BTreeSet<_> = order.collect();
            assert_eq!(seen.len(), windows);
        }
        let mut first: Vec<_> = (0..50).map(|index| index * stride(5000) % 5000).collect();
        first.sort_unstable();
        let widest = first.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest < Some(200), "{first:?}");
    }
}
