//! Which files hold a checkpoint's weights.

use crate::error::HubError;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Weights, in the order they are looked for: a whole file, or the index of its shards.
pub(crate) const WEIGHTS: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

/// An index that is longer than this names no real checkpoint.
const LONGEST_INDEX: u64 = 16 << 20;

/// Whether a folder has these weights, whole or with all shards.
pub(crate) fn has(folder: &Path, whole: &str) -> bool {
    let index = folder.join(index_of(whole));
    let all = |shards: BTreeSet<String>| shards.iter().all(|shard| folder.join(shard).is_file());
    folder.join(whole).is_file() || shards(&index).is_ok_and(all)
}

pub(crate) fn index_of(whole: &str) -> String {
    format!("{whole}.index.json")
}

/// The files that an index names.
pub(crate) fn shards(index: &Path) -> Result<BTreeSet<String>, HubError> {
    let bad = |problem: String| HubError::BadIndex {
        path: index.to_owned(),
        problem,
    };
    let length = fs::metadata(index)
        .map_err(|error| bad(error.to_string()))?
        .len();
    if length > LONGEST_INDEX {
        return Err(bad(format!(
            "{length} bytes; an index has at most {LONGEST_INDEX}"
        )));
    }
    let text = fs::read_to_string(index).map_err(|error| bad(error.to_string()))?;
    let parsed: Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let map = parsed.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| bad("no `weight_map` from tensors to files".to_owned()))?;
    let mut files = BTreeSet::new();
    for (tensor, file) in map {
        let plain = |file: &&str| {
            !file.is_empty() && *file != ".." && !file.contains(['/', '\\', ':', '\0'])
        };
        let file = file.as_str().filter(plain);
        let file = file.ok_or_else(|| {
            bad(format!(
                "`{tensor}` is in no file of the repository's own folder"
            ))
        })?;
        files.insert(file.to_owned());
    }
    Ok(files)
}
