//! The weight files of a checkpoint folder: safetensors or PyTorch's pickles, whole or in shards.
//! Pickles are read as data; nothing in them is ever executed.

use crate::error::BackboneError;
use crate::safetensors;
use burn_store::burn_pack::Tensor;
use burn_store::{ModuleStore, PytorchStore};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The file that [`save`](crate::save) writes, and the first that is looked for.
pub(crate) const SAFETENSORS: &str = "model.safetensors";
pub(crate) const PICKLE: &str = "pytorch_model.bin";

/// An index that is longer than this names no real checkpoint.
const LONGEST_INDEX: u64 = 16 << 20;

/// The tensors of a checkpoint, unread, and the file that speaks for them.
pub(crate) struct Weights {
    pub path: PathBuf,
    pub tensors: Vec<Tensor>,
}

/// Opens the first kind of weights the folder has, in the order `transformers` looks for them.
///
/// # Errors
/// When there are none, a file is damaged, or an index and its shards disagree.
pub(crate) fn open(folder: &Path) -> Result<Weights, BackboneError> {
    for name in [SAFETENSORS, PICKLE] {
        let whole = folder.join(name);
        if whole.is_file() {
            let tensors = read(&whole)?;
            return Ok(Weights {
                path: whole,
                tensors,
            });
        }
        let index = folder.join(format!("{name}.index.json"));
        if index.is_file() {
            let tensors = sharded(folder, &index)?;
            return Ok(Weights {
                path: index,
                tensors,
            });
        }
    }
    Err(none(folder))
}

/// What is said of a folder without weights.
pub(crate) fn none(folder: &Path) -> BackboneError {
    wrong(
        &folder.join(SAFETENSORS),
        "no such file; a checkpoint folder holds config.json and model.safetensors or \
         pytorch_model.bin, whole or with an index of its shards",
    )
}

/// The tensors of one file.
pub(crate) fn read(path: &Path) -> Result<Vec<Tensor>, BackboneError> {
    let tensors = match path.extension().is_some_and(|kind| kind == "bin") {
        false => safetensors::tensors(path),
        true => pickled(path),
    };
    tensors.map_err(|problem| wrong(path, problem))
}

fn pickled(path: &Path) -> Result<Vec<Tensor>, String> {
    let mut store = PytorchStore::from_file(path).map_indices_contiguous(false);
    match store.get_all_tensors() {
        Ok(tensors) => Ok(tensors.values().cloned().collect()),
        Err(error) => Err(error.to_string()),
    }
}

/// The tensors that an index lists, from the files it lists them in.
fn sharded(folder: &Path, index: &Path) -> Result<Vec<Tensor>, BackboneError> {
    let by_file = read_index(index).map_err(|problem| wrong(index, problem))?;
    let mut tensors = Vec::new();
    for (file, names) in by_file {
        let path = folder.join(&file);
        if !path.is_file() {
            let problem = format!("no such file, but {} names it", index.display());
            return Err(wrong(&path, problem));
        }
        let shard = read(&path)?;
        let found: BTreeSet<&str> = shard.iter().map(|tensor| tensor.name.as_str()).collect();
        if let Some(name) = names.iter().find(|name| !found.contains(name.as_str())) {
            return Err(wrong(
                &path,
                format!("tensor `{name}` of the index is not in it"),
            ));
        }
        if let Some(name) = found.iter().find(|name| !names.contains(**name)) {
            return Err(wrong(&path, format!("tensor `{name}` is not in the index")));
        }
        tensors.extend(shard);
    }
    Ok(tensors)
}

/// The files of its own folder that an index of shards names.
///
/// # Errors
/// A sentence on why it names none.
pub fn shards(index: &Path) -> Result<BTreeSet<String>, String> {
    Ok(read_index(index)?.into_keys().collect())
}

/// Names of tensors by file, from an index's `weight_map`.
fn read_index(path: &Path) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let said = |error: std::io::Error| error.to_string();
    let length = fs::metadata(path).map_err(said)?.len();
    if length > LONGEST_INDEX {
        return Err(format!(
            "{length} bytes; an index has at most {LONGEST_INDEX}"
        ));
    }
    let text = fs::read_to_string(path).map_err(said)?;
    let index: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let map = index.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or("no `weight_map` from tensors to files")?;
    let mut by_file = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, file) in map {
        let plain = file.as_str().filter(|file| is_plain(file));
        let plain = plain
            .ok_or_else(|| format!("`{name}` is in {file}; expected a file of this folder"))?;
        by_file
            .entry(plain.to_owned())
            .or_default()
            .insert(name.clone());
    }
    Ok(by_file)
}

/// Whether a name stays in the folder.
fn is_plain(file: &str) -> bool {
    !file.is_empty() && file != ".." && !file.contains(['/', '\\', ':', '\0'])
}

pub(crate) fn wrong(path: &Path, problem: impl Into<String>) -> BackboneError {
    BackboneError::Weights {
        path: path.to_owned(),
        problem: problem.into(),
    }
}
