//! The byte-level language model that reads from left to right.

use super::source::Source;
use super::windows::{Windows, symbols};
use crate::error::TaskError;
use crate::floors::floor;
use crate::folder::Folder;
use crate::settings::Settings;
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task, View};
use data::{Content, DataDir, DataError, Item};
use serde::{Deserialize, Serialize};
use std::ops::Range;

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

impl Text {
    fn source(&self) -> Source<'_> {
        Source {
            task: Self::NAME,
            corpus: &self.corpus,
            context: self.context,
        }
    }
}

impl Settings for Text {
    const NAME: &'static str = "text";
    const ABOUT: &'static str = "next byte of English text, what text bodies are pretrained on";

    fn check(&self) -> Result<(), String> {
        self.source().check()
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(Shape {
            tokens: self.context,
            inputs: Inputs::Language { vocabulary: 256 },
            readout: Readout {
                positions: self.context,
                predictions: 1,
                classes: 256,
            },
        })
    }

    fn data(&self) -> Vec<&'static Item> {
        self.source().data()
    }

    fn folder(&self) -> Option<Folder> {
        self.source().folder()
    }

    fn content(&self, data: &DataDir) -> Result<Vec<Content>, DataError> {
        self.source().content(data)
    }

    fn open(self, shape: Shape, _: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let windows = Windows {
            corpus: self.source().open(data)?,
            tokens: shape.tokens,
        };
        Ok(Box::new(NextByte { shape, windows }))
    }
}

/// Windows, and as targets the same a byte later.
struct NextByte {
    shape: Shape,
    windows: Windows,
}

impl NextByte {
    fn batch_of<'a>(&self, size: usize, windows: impl Iterator<Item = &'a [u8]>) -> Batch {
        let mut batch = Batch::with_room(self.shape, size);
        for window in windows {
            let ids = |bytes: &'a [u8]| bytes.iter().map(|byte| u32::from(*byte));
            batch.ids.extend(ids(&window[..self.shape.tokens]));
            batch.targets.extend(ids(&window[1..]));
            batch.size += 1;
        }
        batch
    }
}

impl Task for NextByte {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        self.batch_of(size, self.windows.drawn(seed, step, size))
    }

    fn len(&self, split: Split) -> usize {
        self.windows.len(split)
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        self.batch_of(range.len(), self.windows.held(split, range))
    }

    fn floors(&self, test: usize) -> Vec<Floor> {
        let most = self.windows.most_frequent();
        let predicted = self.len(Split::Test(test)) * self.shape.tokens;
        let targets = &self.windows.corpus.test[1..=predicted];
        let right = targets.iter().filter(|byte| **byte == most).count();
        vec![floor("most frequent byte", right, targets.len())]
    }

    fn view(&self) -> View {
        View::Symbols(symbols())
    }

    fn data_checksum(&self) -> Option<String> {
        Some(self.windows.corpus.checksum.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::text::letters;
    use toml::toml;

    const TEXT: Entry = Entry::of::<Text>();

    #[test]
    fn targets_are_the_next_bytes() {
        let (_folder, task) = letters::task(&TEXT, toml! { context = 16 });
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
        let (_folder, task) = letters::task(&TEXT, toml! { context = 16 });
        letters::assert_held_out(&*task, |batch| batch.ids);
    }

    #[test]
    fn an_unknown_corpus_lists_the_known() {
        let error = (TEXT.settings)(&toml! { corpus = "englsh" })
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("englsh") && error.contains("wikitext"),
            "{error}"
        );
    }
}
