use crate::checkpoint::CONFIG;
use crate::error::BackboneError;
use crate::weights::{self, PICKLE, SAFETENSORS, wrong};
use std::path::{Path, PathBuf};

/// The files that [`load`](crate::load) reads of a checkpoint folder: its config and one set of weights,
/// with the index where they are in shards.
///
/// # Errors
/// When one is not there, or an index cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, BackboneError> {
    let mut files = vec![folder.join(CONFIG)];
    for name in [SAFETENSORS, PICKLE] {
        let (whole, index) = (folder.join(name), folder.join(format!("{name}.index.json")));
        if whole.is_file() {
            files.push(whole);
            break;
        }
        if index.is_file() {
            let shards = weights::shards(&index).map_err(|problem| wrong(&index, problem))?;
            files.push(index);
            files.extend(shards.iter().map(|shard| folder.join(shard)));
            break;
        }
    }
    if files.len() == 1 {
        return Err(weights::none(folder));
    }
    match files.iter().find(|file| !file.is_file()) {
        Some(file) => Err(wrong(file, "no such file")),
        None => Ok(files),
    }
}
