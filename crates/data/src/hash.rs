use crate::error::DataError;
use std::path::Path;

/// blake3 of a file.
pub(crate) fn of_file(path: &Path) -> Result<blake3::Hash, DataError> {
    let mut hasher = blake3::Hasher::new();
    let hashed = files::open(path).and_then(|file| hasher.update_reader(file).map(drop));
    hashed.map_err(DataError::io("read", path))?;
    Ok(hasher.finalize())
}
