use super::corpus::Corpus;
use crate::floors::{floor, most_frequent};
use crate::streams::{at, stream};
use crate::task::{Batch, Floor, Shape, Split, Task, View};
use rand::RngExt;
use std::ops::Range;

/// A corpus in windows.
pub(super) struct TextTask {
    pub shape: Shape,
    pub corpus: Corpus,
}

impl TextTask {
    fn push(&self, text: &[u8], start: usize, batch: &mut Batch) {
        let end = start + self.shape.tokens;
        batch
            .ids
            .extend(text[start..end].iter().map(|&byte| u32::from(byte)));
        batch
            .targets
            .extend(text[start + 1..=end].iter().map(|&byte| u32::from(byte)));
        batch.size += 1;
    }
}

impl Task for TextTask {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let mut rng = at(stream(seed, "order"), step);
        let mut batch = Batch::with_room(self.shape, size);
        let text = &self.corpus.train;
        let starts = (text.len() - self.shape.tokens) as u64;
        for _ in 0..size {
            self.push(text, rng.random_range(0..starts) as usize, &mut batch);
        }
        batch
    }

    /// Windows side by side: each byte but the first is predicted once.
    fn len(&self, split: Split) -> usize {
        (self.corpus.split(split).len() - 1) / self.shape.tokens
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        let mut batch = Batch::with_room(self.shape, range.len());
        let windows = self.len(split);
        let stride = stride(windows);
        for index in range {
            let start = index * stride % windows * self.shape.tokens;
            self.push(self.corpus.split(split), start, &mut batch);
        }
        batch
    }

    fn floors(&self, test: usize) -> Vec<Floor> {
        let mut counts = [0_usize; 256];
        self.corpus
            .train
            .iter()
            .for_each(|byte| counts[*byte as usize] += 1);
        let most = most_frequent((0..=255_u8).zip(counts)).unwrap_or(b' ');
        let targets = &self.corpus.test[1..=self.len(Split::Test(test)) * self.shape.tokens];
        let right = targets.iter().filter(|byte| **byte == most).count();
        vec![floor("most frequent byte", right, targets.len())]
    }

    fn view(&self) -> View {
        let symbol = |byte: u8| match byte {
            b'\n' => "↵".to_owned(),
            byte => char::from(byte).to_string(),
        };
        View::Symbols((0..=255).map(symbol).collect())
    }

    fn data_checksum(&self) -> Option<String> {
        Some(self.corpus.checksum.clone())
    }
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
