use super::expression::evaluate;
use data::cache::Section;
use std::collections::HashSet;

/// Expressions and their values, stored flat.
#[derive(Default)]
pub(super) struct Set {
    words: Section,
    /// End of each expression in `words`.
    ends: Vec<usize>,
    values: Section,
}

/// The three parts of a data set.
pub(super) struct Splits {
    pub train: Set,
    pub validation: Set,
    pub test: Set,
}

impl Set {
    /// A set from its bytes, the ends as little-endian 64-bit numbers; nothing where they do not
    /// belong together.
    pub fn from_bytes(words: Section, ends: &[u8], values: Section) -> Option<Self> {
        let (ends, rest) = ends.as_chunks();
        let ends = ends.iter().map(|end| u64::from_le_bytes(*end));
        let ends: Vec<usize> = ends.map(usize::try_from).collect::<Result<_, _>>().ok()?;
        let whole = rest.is_empty()
            && ends.is_sorted()
            && ends.last().copied().unwrap_or(0) == words.len()
            && ends.len() == values.len();
        whole.then_some(Self {
            words,
            ends,
            values,
        })
    }

    /// What [`from_bytes`](Set::from_bytes) takes.
    pub fn to_bytes(&self) -> [Vec<u8>; 3] {
        let ends = self.ends.iter().flat_map(|end| (*end as u64).to_le_bytes());
        [self.words.to_vec(), ends.collect(), self.values.to_vec()]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn words(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.words[start..self.ends[index]]
    }

    pub fn value(&self, index: usize) -> u8 {
        self.values[index]
    }

    /// Every expression with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u8)> {
        (0..self.len()).map(|index| (self.words(index), self.value(index)))
    }

    /// Words of the longest expression.
    pub fn longest(&self) -> usize {
        (0..self.len())
            .map(|index| self.words(index).len())
            .max()
            .unwrap_or(0)
    }

    /// The set without expressions that `known` holds.
    pub fn without(self, known: &HashSet<&[u8]>) -> Self {
        let mut left = Growing::default();
        for (words, value) in self.iter().filter(|(words, _)| !known.contains(words)) {
            left.add(words, value);
        }
        left.finish()
    }
}

/// A set that is put together.
#[derive(Default)]
pub(super) struct Growing {
    words: Vec<u8>,
    ends: Vec<usize>,
    values: Vec<u8>,
}

impl Growing {
    /// Appends an expression; why it is none otherwise.
    pub fn push(&mut self, words: &[u8]) -> Result<(), String> {
        self.add(words, evaluate(words)?);
        Ok(())
    }

    fn add(&mut self, words: &[u8], value: u8) {
        self.words.extend_from_slice(words);
        self.ends.push(self.words.len());
        self.values.push(value);
    }

    pub fn finish(self) -> Set {
        Set {
            words: self.words.into(),
            ends: self.ends,
            values: self.values.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_do_not_belong_together_are_no_set() {
        let mut set = Growing::default();
        set.push(&[11, 2, 9, 14]).unwrap();
        set.push(&[10, 3, 14]).unwrap();
        let [words, ends, values] = set.finish().to_bytes();
        let set = |words: &[u8], ends: &[u8], values: &[u8]| {
            Set::from_bytes(words.to_vec().into(), ends, values.to_vec().into())
        };
        let whole = set(&words, &ends, &values).unwrap();
        assert_eq!(
            (whole.words(1), whole.value(1), whole.len()),
            (&words[4..], 3, 2)
        );
        assert!(set(&words[1..], &ends, &values).is_none());
        assert!(set(&words, &ends[..9], &values).is_none());
        assert!(set(&words, &ends, &values[..1]).is_none());
        assert!(set(&words, &[&ends[8..], &ends[..8]].concat(), &values).is_none());
    }
}
