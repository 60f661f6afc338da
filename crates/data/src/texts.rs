use crate::error::DataError;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Every `.txt` file below a folder, in the order of their paths; none where there is no folder.
///
/// # Errors
/// A folder that cannot be listed.
pub fn texts(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut paths = Vec::new();
    if is_folder(folder)? {
        walk(folder, &mut paths)?;
    }
    paths.sort();
    Ok(paths)
}

/// An error where it cannot be told.
fn is_folder(path: &Path) -> Result<bool, DataError> {
    match fs::metadata(path) {
        Ok(about) => Ok(about.is_dir()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(DataError::io("look at", path)(error)),
    }
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), DataError> {
    for entry in fs::read_dir(folder).map_err(DataError::io("list", folder))? {
        let entry = entry.map_err(DataError::io("list", folder))?;
        let kind = entry
            .file_type()
            .map_err(DataError::io("look at", &entry.path()))?;
        let path = entry.path();
        // Links to folders are not followed: they may form a ring.
        if kind.is_dir() {
            walk(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            paths.push(path);
        }
    }
    Ok(())
}
