//! How an item's folder appears: made aside under a lock, then moved, whole or not at all.

use super::progress::{Fetched, Progress};
use crate::error::DataError;
use crate::folder::DataDir;
use crate::item::Item;
use crate::origin;
use files::Lock;
use std::fs;
use std::path::Path;

/// Where an item is made.
pub(super) struct Bench<'a> {
    /// For what is needed meanwhile; gone afterwards.
    pub scratch: &'a Path,
    /// What becomes the item's folder; not there yet.
    pub made: &'a Path,
}

impl Bench<'_> {
    /// Makes the item's folder anew: a source that failed half-way leaves nothing for the next one.
    pub fn clear(&self) -> Result<(), DataError> {
        let made = self.made;
        if made.exists() {
            fs::remove_dir_all(made).map_err(DataError::io("clear", made))?;
        }
        fs::create_dir_all(made).map_err(DataError::io("make", made))
    }
}

/// Lets `make` make an item and moves it to its folder, unless another process brings it meanwhile.
/// `make` says where the item is from.
pub(super) fn settle(
    item: &Item,
    data: &DataDir,
    progress: &mut dyn FnMut(Progress),
    make: impl FnOnce(&Bench<'_>, &mut dyn FnMut(Progress)) -> Result<String, DataError>,
) -> Result<Fetched, DataError> {
    let root = data.root();
    fs::create_dir_all(root).map_err(DataError::io("make", root))?;
    let lock = lock(&root.join(format!(".{}.lock", item.name)), progress)?;
    // The process that held the lock may have brought it.
    if let Ok(folder) = data.find(item) {
        let source = None;
        return Ok(Fetched { folder, source });
    }
    let scratch = format!(".{}.scratch", item.name);
    let left = root.join(&scratch);
    if lock.excludes() && left.exists() {
        // A killed process left it; nobody else writes there under the lock.
        fs::remove_dir_all(&left).map_err(DataError::io("clear", &left))?;
    }
    // Without a lock another process may be at work under the same name.
    let random = if lock.excludes() { 0 } else { 6 };
    let scratch = tempfile::Builder::new()
        .prefix(&scratch)
        .rand_bytes(random)
        .tempdir_in(root)
        .map_err(DataError::io("make a folder in", root))?;
    let made = scratch.path().join(item.name);
    let bench = Bench {
        scratch: scratch.path(),
        made: &made,
    };
    let source = make(&bench, progress)?;
    origin::write(item, &source, &made)?;
    move_in(&made, &root.join(item.name))?;
    let folder = data.find(item)?;
    let source = Some(source);
    Ok(Fetched { folder, source })
}

fn lock(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Lock, DataError> {
    if let Some(lock) = Lock::try_take(path).map_err(DataError::io("lock", path))? {
        return Ok(lock);
    }
    progress(Progress::Waiting);
    Lock::take(path).map_err(DataError::io("lock", path))
}

/// Moves the files of one folder into another one, folders in it the same way.
fn merge(from: &Path, into: &Path) -> Result<(), DataError> {
    for entry in fs::read_dir(from).map_err(DataError::io("list", from))? {
        let entry = entry.map_err(DataError::io("list", from))?;
        let target = into.join(entry.file_name());
        if entry.path().is_dir() && target.is_dir() {
            merge(&entry.path(), &target)?;
        } else {
            fs::rename(entry.path(), &target).map_err(DataError::io("move data to", &target))?;
        }
    }
    Ok(())
}

/// Moves what was made to its folder. One that is there already was incomplete: it gets the
/// files, and keeps what else is in it.
fn move_in(made: &Path, folder: &Path) -> Result<(), DataError> {
    if !folder.exists() {
        fs::rename(made, folder).map_err(DataError::io("move data to", folder))?;
    } else {
        // The note comes last: until then nothing says what the files should be.
        let (note, aside) = (folder.join(origin::NOTE), made.with_extension("note"));
        fs::rename(made.join(origin::NOTE), &aside).map_err(DataError::io("move", &aside))?;
        if note.exists() {
            fs::remove_file(&note).map_err(DataError::io("remove", &note))?;
        }
        merge(made, folder)?;
        fs::rename(&aside, &note).map_err(DataError::io("move data to", &note))?;
    }
    files::sync_folder(folder);
    Ok(())
}
