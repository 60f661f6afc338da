//! The weight files of a checkpoint folder: safetensors or PyTorch's pickles, whole or in shards.
//! Pickles are read as data; nothing in them is ever executed.

use crate::error::BackboneError;
use crate::found::Found;
use crate::index::{Index, read_index};
use crate::instead::instead;
use crate::{pickle, safetensors};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file that [`save`](crate::save) writes, and the first that is looked for.
pub(crate) const SAFETENSORS: &str = "model.safetensors";
const PICKLE: &str = "pytorch_model.bin";

/// The tensors of a checkpoint, unread, and the file that speaks for them.
pub(crate) struct Weights {
    pub path: PathBuf,
    pub tensors: Vec<Found>,
    /// Tensors that an index has and no shard, with the file it says.
    pub promised: Vec<(String, String)>,
}

/// Which files hold a folder's weights.
enum Layout {
    Whole(PathBuf),
    Shards(PathBuf),
}

/// Opens the first kind of weights the folder has, in the order `transformers` looks for them.
///
/// # Errors
/// When there are none, a file is damaged, or a shard is not there.
pub(crate) fn open(folder: &Path) -> Result<Weights, BackboneError> {
    match layout(folder)? {
        Layout::Whole(path) => Ok(Weights {
            tensors: read(&path)?,
            path,
            promised: Vec::new(),
        }),
        Layout::Shards(path) => sharded(folder, path),
    }
}

/// The files a checkpoint is made of, sorted: `config.json`, and its weights or their index with all
/// shards. Anything else in the folder is not read.
///
/// # Errors
/// When there are no weights, or an index cannot be read.
pub fn checkpoint_files(folder: &Path) -> Result<Vec<PathBuf>, BackboneError> {
    let mut files = vec![folder.join("config.json")];
    match layout(folder)? {
        Layout::Whole(path) => files.push(path),
        Layout::Shards(path) => {
            let shards = shards(&path).map_err(|problem| wrong(&path, problem))?;
            files.extend(shards.iter().map(|shard| folder.join(shard)));
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn layout(folder: &Path) -> Result<Layout, BackboneError> {
    for name in [SAFETENSORS, PICKLE] {
        let whole = folder.join(name);
        if is_there(&whole)? {
            return Ok(Layout::Whole(whole));
        }
        let index = folder.join(format!("{name}.index.json"));
        if is_there(&index)? {
            return Ok(Layout::Shards(index));
        }
    }
    let what = instead(folder).map(|what| format!("; {what}"));
    Err(wrong(
        &folder.join(SAFETENSORS),
        format!(
            "no such file; a checkpoint folder holds config.json and {SAFETENSORS} or {PICKLE}, whole or \
             with an index of its shards{}",
            what.unwrap_or_default()
        ),
    ))
}

/// Whether a file is there, be it readable or not.
pub(crate) fn is_there(path: &Path) -> Result<bool, BackboneError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(wrong(
            path,
            "a folder of that name, where a file is expected".to_owned(),
        )),
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            Ok(target) => Err(wrong(
                path,
                format!("a link to {}, which is not there", target.display()),
            )),
            Err(_) => Ok(false),
        },
        Err(source) => Err(BackboneError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The tensors of one file.
pub(crate) fn read(path: &Path) -> Result<Vec<Found>, BackboneError> {
    let tensors = match path.extension().is_some_and(|kind| kind == "bin") {
        false => safetensors::tensors(path),
        true => pickle::tensors(path),
    };
    tensors.map_err(|problem| wrong(path, problem))
}

/// The tensors of the shards that an index names, whether it lists them or not.
fn sharded(folder: &Path, path: PathBuf) -> Result<Weights, BackboneError> {
    let Index { files, tensors } = read_index(&path).map_err(|problem| wrong(&path, problem))?;
    let mut all = Vec::new();
    for file in files {
        let shard = folder.join(&file);
        if !is_there(&shard)? {
            let problem = format!("no such file, but {} names it", path.display());
            return Err(wrong(&shard, problem));
        }
        all.extend(read(&shard)?);
    }
    let found: BTreeSet<&str> = all.iter().map(|found| &*found.tensor.name).collect();
    let promised = tensors
        .into_iter()
        .filter(|(name, _)| !found.contains(&**name))
        .collect();
    Ok(Weights {
        path,
        tensors: all,
        promised,
    })
}

/// The files of its own folder that an index of shards names.
///
/// # Errors
/// A sentence on why it names none.
pub fn shards(index: &Path) -> Result<BTreeSet<String>, String> {
    Ok(read_index(index)?.files)
}

pub(crate) fn wrong(path: &Path, problem: impl Into<String>) -> BackboneError {
    BackboneError::Weights {
        path: path.to_owned(),
        problem: problem.into(),
    }
}
