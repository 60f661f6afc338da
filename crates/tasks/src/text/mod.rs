//! The byte-level language model that text bodies are pretrained with.

mod corpus;

use crate::data::{DataDir, ENGLISH, Item, WIKITEXT};
use crate::error::TaskError;
use crate::registry::{Settings, within};
use crate::streams::{at, stream};
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use corpus::Corpus;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;

/// Next-byte prediction: every position predicts the byte that follows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Text {
    /// `english`, `wikitext`, or the path of a folder of .txt files, one a document.
    corpus: String,
    /// Bytes that the body sees.
    context: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            corpus: "english".to_owned(),
            context: 128,
        }
    }
}

impl Settings for Text {
    const NAME: &'static str = "text";
    const ABOUT: &'static str = "next byte of English text, what text bodies are pretrained on";

    fn check(&self) -> Result<(), String> {
        within("context", self.context, 2, 100_000)?;
        let folder = self.corpus.contains(['/', '\\', '.']) || Path::new(&self.corpus).is_dir();
        if matches!(self.corpus.as_str(), "english" | "wikitext") || folder {
            return Ok(());
        }
        Err(format!(
            "unknown corpus `{}`; known: english, wikitext, or the path of a folder of .txt files, \
             e.g. ./texts",
            self.corpus
        ))
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(Shape {
            tokens: self.context,
            inputs: Inputs::Tokens { vocabulary: 256 },
            readout: Readout {
                positions: self.context,
                predictions: 1,
                classes: 256,
            },
        })
    }

    fn data(&self) -> Vec<&'static Item> {
        match self.corpus.as_str() {
            "english" => vec![&ENGLISH],
            "wikitext" => vec![&WIKITEXT],
            _ => Vec::new(),
        }
    }

    fn open(self, shape: Shape, _: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let corpus = match self.corpus.as_str() {
            "english" => corpus::documents(&data.verified(&ENGLISH)?)?,
            "wikitext" => corpus::splits(&data.verified(&WIKITEXT)?)?,
            folder => corpus::documents(Path::new(folder))?,
        };
        corpus
            .longer_than(self.context)
            .map_err(|reason| TaskError::Settings {
                task: Self::NAME,
                reason: format!("corpus `{}`: {reason}", self.corpus),
            })?;
        Ok(Box::new(Opened { shape, corpus }))
    }
}

struct Opened {
    shape: Shape,
    corpus: Corpus,
}

impl Opened {
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

impl Task for Opened {
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
        let most = (0..=255_u8)
            .max_by_key(|byte| counts[*byte as usize])
            .unwrap_or(b' ');
        let targets = &self.corpus.test[1..=self.len(Split::Test(test)) * self.shape.tokens];
        let right = targets.iter().filter(|byte| **byte == most).count();
        vec![Floor {
            strategy: "most frequent byte".to_owned(),
            accuracy: right as f64 / targets.len() as f64,
        }]
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
    use toml::toml;

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

    fn task() -> (tempfile::TempDir, Box<dyn Task>) {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..40 {
            // Each document is made of one letter of its own, so a window tells where it is from.
            let letter = char::from(b'0' + number);
            let path = folder.path().join(format!("{number:02}.txt"));
            std::fs::write(path, letter.to_string().repeat(50)).unwrap();
        }
        let mut settings = toml! { context = 16 };
        settings.insert("corpus".into(), folder.path().to_str().unwrap().into());
        let task = crate::open("text", &settings, Form::Paper, &DataDir::new("nowhere")).unwrap();
        (folder, task)
    }

    #[test]
    fn targets_are_the_next_bytes() {
        let (_folder, task) = task();
        let batch = task.batch(1, 3, 8);
        for (ids, targets) in batch.ids.chunks(16).zip(batch.targets.chunks(16)) {
            assert_eq!(ids[1..], targets[..15]);
        }
        assert_eq!(batch, task.batch(1, 3, 8));
        assert_ne!(batch, task.batch(2, 3, 8));
        assert_ne!(batch, task.batch(1, 4, 8));
    }

    #[test]
    fn whole_documents_are_held_out() {
        let (_folder, task) = task();
        let letters = |batch: Batch| -> std::collections::BTreeSet<u32> {
            batch
                .ids
                .into_iter()
                .filter(|&id| id >= u32::from(b'0'))
                .collect()
        };
        let train = letters(task.batch(1, 0, 2000));
        let all = |split| letters(task.examples(split, 0..task.len(split)));
        let (validation, test) = (all(Split::Validation), all(Split::Test(0)));
        assert_eq!((train.len(), validation.len(), test.len()), (36, 2, 2));
        assert!(train.is_disjoint(&validation) && train.is_disjoint(&test));
        assert!(validation.is_disjoint(&test));
    }

    #[test]
    fn an_unknown_corpus_lists_the_known() {
        let error = crate::settings("text", &toml! { corpus = "englsh" })
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("englsh") && error.contains("wikitext"),
            "{error}"
        );
    }
}
