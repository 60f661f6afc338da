//! Which finished jobs this process has read, so that whether they are finished is not read again and again: a command about ten thousand
//! jobs asks it several times of each.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Changes and lengths of the files that say that a job is finished.
pub(crate) type Stamps = [(SystemTime, u64); 4];

const FILES: [&str; 4] = [
    "job.toml",
    "outcome.json",
    "curve.parquet",
    "provenance.json",
];

static SEEN: Mutex<Option<HashMap<PathBuf, Stamps>>> = Mutex::new(None);

/// Those of a job's folder; `None` where one of the files is not there.
pub(crate) fn stamps(folder: &Path) -> Option<Stamps> {
    let mut stamps = [(SystemTime::UNIX_EPOCH, 0); FILES.len()];
    for (stamp, name) in stamps.iter_mut().zip(FILES) {
        let about = fs::metadata(folder.join(name)).ok()?;
        *stamp = (about.modified().ok()?, about.len());
    }
    Some(stamps)
}

/// Whether the job was read as finished with these stamps.
pub(crate) fn is_finished(folder: &Path, stamps: &Stamps) -> bool {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.as_ref().and_then(|seen| seen.get(folder)) == Some(stamps)
}

/// Notes that it was; `stamps` are those before it was read.
pub(crate) fn note(folder: &Path, stamps: Stamps) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.get_or_insert_default()
        .insert(folder.to_owned(), stamps);
}
