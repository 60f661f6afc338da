use super::corpus::{self, Corpus};
use crate::error::TaskError;
use crate::folder::Folder;
use crate::settings::within;
use data::items::{ENGLISH, WIKITEXT};
use data::{Content, DataDir, DataError, Item, Unknown, texts};
use std::path::Path;

/// Where windows come from, as the settings of a task say it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// The task, for what is said of its settings.
    pub task: &'static str,
    /// `english`, `wikitext`, or the path of a folder of .txt files, one a document.
    pub corpus: &'a str,
    /// Bytes of a window.
    pub context: usize,
}

impl Source<'_> {
    /// Why no run can use these settings.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn check(self) -> Result<(), String> {
        within("context", self.context, 2, 100_000)?;
        // By its looks, so that a job is the same one wherever its study is planned.
        let folder = self.corpus.contains(['/', '\\', '.']);
        if matches!(self.corpus, "english" | "wikitext") || folder {
            return Ok(());
        }
        let known = [
            ENGLISH.name,
            WIKITEXT.name,
            "or the path of a folder of .txt files, e.g. ./texts",
        ];
        Err(Unknown::new("corpus", self.corpus, "known", known).to_string())
    }

    /// What has to be fetched.
    pub fn data(self) -> Vec<&'static Item> {
        match self.corpus {
            "english" => vec![&ENGLISH],
            "wikitext" => vec![&WIKITEXT],
            _ => Vec::new(),
        }
    }

    /// The user's folder, if it is one.
    pub fn folder(self) -> Option<Folder> {
        self.data().is_empty().then(|| Folder {
            key: "corpus",
            path: self.corpus.into(),
        })
    }

    /// What is read.
    ///
    /// # Errors
    /// Where data is damaged or cannot be read.
    pub fn content(self, data: &DataDir) -> Result<Vec<Content>, DataError> {
        if let [item, ..] = self.data()[..] {
            return Ok(data.content(item)?.into_iter().collect());
        }
        let folder = Path::new(self.corpus);
        match &texts(folder)?[..] {
            [] => Ok(Vec::new()),
            files => Ok(vec![Content::of_folder("corpus", folder, files, data)?]),
        }
    }

    /// Reads the corpus, of which no file has a byte of 0: that stands for what is masked.
    ///
    /// # Errors
    /// Where data is missing or damaged, or a part is shorter than a window.
    pub fn open(self, data: &DataDir) -> Result<Corpus, TaskError> {
        let corpus = match self.corpus {
            "english" => corpus::documents(&data.verified(&ENGLISH)?)?,
            "wikitext" => corpus::splits(&data.verified(&WIKITEXT)?)?,
            folder => corpus::documents(Path::new(folder))?,
        };
        let long_enough = corpus.longer_than(self.context);
        long_enough.map_err(|reason| TaskError::Settings {
            task: self.task,
            reason: format!("corpus `{}`: {reason}", self.corpus),
        })?;
        Ok(corpus)
    }
}
