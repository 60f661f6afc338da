use crate::error::ResultsError;
use std::path::Path;

/// Version of the folder layout and of the parquet schema.
pub const FORMAT: u64 = 1;

/// Refuses what a newer version of this program wrote.
pub(crate) fn check(path: &Path, found: u64) -> Result<(), ResultsError> {
    if found > FORMAT {
        return Err(ResultsError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        });
    }
    Ok(())
}
