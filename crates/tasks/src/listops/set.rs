use super::expression::evaluate;
use std::collections::HashSet;

/// Expressions and their values, stored flat.
#[derive(Default)]
pub(super) struct Set {
    words: Vec<u8>,
    /// End of each expression in `words`.
    ends: Vec<usize>,
    values: Vec<u8>,
}

/// The three parts of a data set.
pub(super) struct Splits {
    pub train: Set,
    pub validation: Set,
    pub test: Set,
}

impl Set {
    /// Appends an expression; why it is none otherwise.
    pub fn push(&mut self, words: &[u8]) -> Result<(), String> {
        self.values.push(evaluate(words)?);
        self.words.extend_from_slice(words);
        self.ends.push(self.words.len());
        Ok(())
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
        let mut kept = Set::default();
        for (words, value) in self.iter().filter(|(words, _)| !known.contains(words)) {
            kept.words.extend_from_slice(words);
            kept.ends.push(kept.words.len());
            kept.values.push(value);
        }
        kept
    }
}
