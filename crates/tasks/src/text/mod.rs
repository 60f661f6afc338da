//! The byte-level language model that text bodies are pretrained with.

mod corpus;
mod task;

use crate::error::TaskError;
use crate::folder::Folder;
use crate::settings::{Settings, within};
use crate::task::{Form, Inputs, Readout, Shape, Task};
use data::items::{ENGLISH, WIKITEXT};
use data::{Content, DataDir, DataError, Item, Unknown, texts};
use serde::{Deserialize, Serialize};
use std::path::Path;
use task::TextTask;

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
        // By its looks, so that a job is the same one wherever its study is planned.
        let folder = self.corpus.contains(['/', '\\', '.']);
        if matches!(self.corpus.as_str(), "english" | "wikitext") || folder {
            return Ok(());
        }
        let known = [
            ENGLISH.name,
            WIKITEXT.name,
            "or the path of a folder of .txt files, e.g. ./texts",
        ];
        Err(Unknown::new("corpus", &self.corpus, "known", known).to_string())
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
        match self.corpus.as_str() {
            "english" => vec![&ENGLISH],
            "wikitext" => vec![&WIKITEXT],
            _ => Vec::new(),
        }
    }

    fn folder(&self) -> Option<Folder> {
        self.data().is_empty().then(|| Folder {
            key: "corpus",
            path: self.corpus.clone().into(),
        })
    }

    fn content(&self, data: &DataDir) -> Result<Vec<Content>, DataError> {
        if let [item, ..] = self.data()[..] {
            return Ok(data.content(item)?.into_iter().collect());
        }
        let folder = Path::new(&self.corpus);
        match &texts(folder)?[..] {
            [] => Ok(Vec::new()),
            files => Ok(vec![Content::of_folder("corpus", folder, files, data)?]),
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
        Ok(Box::new(TextTask { shape, corpus }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::task::{Batch, Split};
    use toml::toml;

    const TEXT: Entry = Entry::of::<Text>();

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
        let task = (TEXT.open)(&settings, Form::Paper, &DataDir::new("nowhere")).unwrap();
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
        let error = (TEXT.settings)(&toml! { corpus = "englsh" })
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("englsh") && error.contains("wikitext"),
            "{error}"
        );
    }
}
