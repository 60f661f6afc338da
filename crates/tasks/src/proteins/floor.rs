//! What is reached without a sequence model.

use super::set::Set;
use crate::floors::{floor, most_frequent};
use crate::task::Floor;
use data::proteins::letters::LETTERS;

/// Residues in a word.
const WORD: usize = 3;

/// Different words there are.
const WORDS: usize = LETTERS.pow(WORD as u32);

/// Strategies fitted on the training set: the majority class, and naive Bayes over words of three
/// residues, which knows composition but no order beyond a word.
pub(super) fn floors(train: &Set, trained: usize, classes: usize, test: &Set) -> Vec<Floor> {
    let bayes = Bayes::fit(train, trained, classes);
    let floor = |strategy: &str, answer: &dyn Fn(&[u8]) -> u32| {
        let right = test
            .iter()
            .filter(|(residues, label)| answer(residues) == *label)
            .count();
        floor(strategy, right, test.len())
    };
    let majority = most_frequent((0..).zip(bayes.examples.iter().copied())).unwrap_or(0);
    vec![
        floor("majority class", &|_| majority),
        floor("naive Bayes over 3-mers", &|residues| {
            bayes.answer(residues)
        }),
    ]
}

/// The place of the largest value, the first of equal ones.
fn best(values: &[f64]) -> u32 {
    let better = |best: usize, index: usize| {
        if values[index] > values[best] {
            index
        } else {
            best
        }
    };
    (0..values.len()).reduce(better).unwrap_or(0) as u32
}

/// Multinomial naive Bayes with one added to every count.
struct Bayes {
    /// Training examples of each class.
    examples: Vec<usize>,
    /// Words of each class.
    words: Vec<f64>,
    /// For each word the classes it was seen in, and how often.
    seen: Vec<Vec<(u32, u32)>>,
}

fn words(residues: &[u8]) -> impl Iterator<Item = usize> {
    residues.windows(WORD).map(|word| {
        word.iter().fold(0, |number, residue| {
            number * LETTERS + usize::from(*residue)
        })
    })
}

impl Bayes {
    fn fit(train: &Set, trained: usize, classes: usize) -> Self {
        let mut examples = vec![0; classes];
        let mut lengths = vec![0.0; classes];
        let mut seen: Vec<Vec<(u32, u32)>> = vec![Vec::new(); WORDS];
        let mut by_class: Vec<usize> = (0..trained).collect();
        by_class.sort_by_key(|index| train.label(*index));
        // Class after class, so that a word's last entry is the class at hand or another one.
        for index in by_class {
            let label = train.label(index);
            examples[label as usize] += 1;
            for word in words(train.residues(index)) {
                lengths[label as usize] += 1.0;
                match seen[word].last_mut() {
                    Some((class, count)) if *class == label => *count += 1,
                    _ => seen[word].push((label, 1)),
                }
            }
        }
        Self {
            examples,
            words: lengths,
            seen,
        }
    }

    /// The class that a sequence is most likely from; classes without training examples never are.
    fn answer(&self, residues: &[u8]) -> u32 {
        let length = residues.len().saturating_sub(WORD - 1) as f64;
        let mut scores: Vec<f64> = self
            .examples
            .iter()
            .zip(&self.words)
            .map(|(examples, words)| (*examples as f64).ln() - length * (words + WORDS as f64).ln())
            .collect();
        for word in words(residues) {
            for (class, count) in &self.seen[word] {
                scores[*class as usize] += f64::from(count + 1).ln();
            }
        }
        best(&scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_the_majority_does_not() {
        let mut train = Set::default();
        for (letters, label) in [("ACACAC", 1), ("CACACA", 1), ("ACACC", 1), ("WYWYWY", 3)] {
            train.push(letters.as_bytes(), label).unwrap();
        }
        // Not trained on: the last example.
        train.push(b"KKKKK", 2).unwrap();
        let mut test = Set::default();
        for (letters, label) in [("ACACA", 1), ("YWYWYW", 3), ("KKKKK", 2), ("W", 1)] {
            test.push(letters.as_bytes(), label).unwrap();
        }
        let floors = floors(&train, 4, 5, &test);
        assert_eq!(floors[0].accuracy, 0.5);
        assert_eq!(floors[1].accuracy, 0.75, "{floors:?}");
    }

    #[test]
    fn scores_are_those_of_the_formula() {
        let mut train = Set::default();
        train.push(b"AAAA", 0).unwrap();
        train.push(b"AAC", 1).unwrap();
        let bayes = Bayes::fit(&train, 2, 2);
        // P(AAA | 0) = 3/15627 against P(AAA | 1) = 1/15626; P(AAC | 0) = 1/15627 against 2/15626.
        assert_eq!(bayes.answer(&[0, 0, 0]), 0);
        assert_eq!(bayes.answer(&[0, 0, 2]), 1);
        // Nothing seen: the class with fewer words.
        assert_eq!(bayes.answer(&[9, 9, 9]), 1);
        assert_eq!(best(&[]), 0);
    }
}
