use crate::error::ResultsError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

const NOTE: &str = "study.toml";

/// Which study a folder of results is of, as a note in it says: studies of one name share no folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The study's file.
    pub file: String,
    /// The sentence that it answers.
    pub question: String,
}

impl Owner {
    /// What the note in a study's folder says; `None` where there is none.
    ///
    /// # Errors
    /// [`ResultsError::Io`] or [`ResultsError::Damaged`].
    pub fn read(dir: &Path) -> Result<Option<Self>, ResultsError> {
        let path = dir.join(NOTE);
        let bytes = files::read(&path).map_err(ResultsError::io("read", &path))?;
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&bytes);
        let note = toml::from_str(&text).map_err(|error| {
            let way = "delete it where the folder is of the study that you name";
            ResultsError::damaged(&path, error.message()).or_else(way)
        });
        note.map(Some)
    }

    /// Leaves the note, in a folder made where it is missing.
    ///
    /// # Errors
    /// [`ResultsError::Io`] or [`ResultsError::Encode`].
    pub fn write(&self, dir: &Path) -> Result<(), ResultsError> {
        fs::create_dir_all(dir).map_err(ResultsError::io("create", dir))?;
        let path = dir.join(NOTE);
        let text = toml::to_string(self).map_err(|error| error.to_string());
        let text = text.map_err(ResultsError::encode(&path))?;
        let written = files::write_changed(&path, text.as_bytes());
        written.map(drop).map_err(ResultsError::io("write", &path))
    }
}
