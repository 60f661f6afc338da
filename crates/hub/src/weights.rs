//! Which files hold a checkpoint's weights.

use crate::error::HubError;
use std::collections::BTreeSet;
use std::path::Path;

/// Which files of its own folder an index of shards names, or why it names none. How a checkpoint is
/// laid out is its reader's affair: the hub only brings the files.
pub type Shards = fn(index: &Path) -> Result<BTreeSet<String>, String>;

/// Weights, in the order they are looked for: a whole file, or the index of its shards.
pub(crate) const WEIGHTS: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

/// Whether a folder has these weights, whole or with all shards.
///
/// # Errors
/// When something is there and cannot be read.
pub(crate) fn has(folder: &Path, whole: &str, shards: Shards) -> Result<bool, HubError> {
    let is_here = |file: &str| {
        let path = folder.join(file);
        files::is_file(&path).map_err(HubError::disk(&path))
    };
    let index = index_of(whole);
    if is_here(whole)? || !is_here(&index)? {
        return is_here(whole);
    }
    for shard in named(shards, &folder.join(index))? {
        if !is_here(&shard)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn index_of(whole: &str) -> String {
    format!("{whole}.index.json")
}

/// The files that an index names.
pub(crate) fn named(shards: Shards, index: &Path) -> Result<BTreeSet<String>, HubError> {
    shards(index).map_err(|problem| HubError::BadIndex {
        path: index.to_owned(),
        problem,
    })
}
