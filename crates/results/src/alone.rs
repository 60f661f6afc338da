//! One writer of a study's rows at a time: who adds to files reads them first, and what another writes in between would be gone.

use crate::error::ResultsError;
use files::{Hold, Watch};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Between two looks of who waits; a writer takes milliseconds.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Waits until nobody else writes the rows of a study's folder, which is made where it is missing; a writer on another machine that
/// says no more is given up as a job's is.
///
/// # Errors
/// [`ResultsError::Io`].
pub(crate) fn alone(dir: &Path) -> Result<Hold, ResultsError> {
    let mut watch = Watch::default();
    loop {
        // Whoever has removed the last row takes the empty folder away.
        fs::create_dir_all(dir).map_err(ResultsError::io("create", dir))?;
        match Hold::try_take(dir) {
            Ok(Some(held)) => return Ok(held),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            held => drop(held.map_err(ResultsError::io("hold", dir))?),
        }
        let is_free = watch.is_free(dir);
        if !is_free.map_err(ResultsError::io("look at", dir))? {
            thread::sleep(BETWEEN_LOOKS);
        }
    }
}
