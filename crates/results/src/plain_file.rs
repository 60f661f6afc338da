use crate::error::ResultsError;
use crate::frame::Frame;
use crate::values::Values;
use std::path::Path;

/// Writes columns of one length as a parquet file, for whoever has rows that are no study's: the page of claims.
///
/// # Errors
/// [`ResultsError::Io`], [`ResultsError::Encode`], and where a file is there that cannot be written over.
pub fn write_parquet(path: &Path, columns: Vec<(&str, Values)>) -> Result<(), ResultsError> {
    let mut frame = Frame::new(path);
    for (name, values) in columns {
        frame.add_column(name, values);
    }
    frame.write()
}
