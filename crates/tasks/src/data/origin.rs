//! A note beside an item's files on where they are from.

use super::Item;
use crate::error::TaskError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// No task reads it: corpora read files that end in .txt.
const NOTE: &str = "source.toml";

#[derive(Serialize, Deserialize)]
struct Note {
    source: String,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    citation: String,
}

pub(super) fn write(item: &Item, source: &str, folder: &Path) -> Result<(), TaskError> {
    let note = Note {
        source: source.to_owned(),
        licence: item.licence.to_owned(),
        citation: item.citation.to_owned(),
    };
    let path = folder.join(NOTE);
    let text = toml::to_string(&note).unwrap_or_default();
    fs::write(&path, text).map_err(TaskError::io("write", &path))
}

/// The source of what is in a folder; `None` where it was put there by hand.
pub(super) fn read(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(NOTE)).ok()?;
    Some(toml::from_str::<Note>(&text).ok()?.source)
}
