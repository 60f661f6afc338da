//! Parquet files of the hub, made into the files of a layout.

use super::rows;
use crate::error::DataError;
use crate::foreign::instead;
use parquet::record::Row;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Calls `each` on every row of a parquet file.
pub(crate) fn rows(
    path: &Path,
    each: impl FnMut(&Row) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = files::open(path).map_err(DataError::io("open", path))?;
    rows::rows(file, |found| unreadable(path, &found), each)
}

/// Makes a file of what `write` puts into it. Its folder is made aside, so no reader sees it half.
pub(crate) fn make(
    target: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = File::create(target).map_err(DataError::io("write", target))?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
        .and_then(|()| files::sync(out.get_ref(), target))
        .map_err(DataError::io("write", target))
}

/// A file of the hub that is not laid out as it used to be.
pub(crate) fn unreadable(path: &Path, found: &str) -> DataError {
    DataError::Damaged {
        path: path.to_owned(),
        expected: "the parquet columns this data set had in 2026".to_owned(),
        found: instead(path).unwrap_or(found).to_owned(),
        way_out: "try again, or point at a folder with --data DIR".to_owned(),
    }
}
