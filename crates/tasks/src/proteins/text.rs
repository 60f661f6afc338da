//! Text files, raw or with `.gz`.

use crate::error::TaskError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A packed file may hold this many times its size, and [`SLACK`] more: a bomb ends there.
const RATIO: u64 = 64;
const SLACK: u64 = 16 << 20;

/// Opens a file; unpacks it on the way where its name ends in `.gz`.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, TaskError> {
    let file = File::open(path).map_err(TaskError::io("open", path))?;
    let size = file.metadata().map_err(TaskError::io("read", path))?.len();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let limit = size.saturating_mul(RATIO).saturating_add(SLACK);
        Ok(Box::new(BufReader::new(
            MultiGzDecoder::new(file).take(limit),
        )))
    } else {
        Ok(Box::new(BufReader::new(file)))
    }
}
