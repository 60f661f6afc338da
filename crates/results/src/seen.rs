//! What finished jobs have left, as this process has read it: a command about ten thousand jobs asks several times of each.

use crate::finished::Finished;
use crate::stamps::{self, Stamps};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files that say that a job is finished, and how it ended.
const FILES: [&str; 4] = [
    "job.toml",
    "outcome.json",
    "curve.parquet",
    "provenance.json",
];

type Seen = HashMap<PathBuf, (Stamps<{ FILES.len() }>, Arc<Finished>)>;

static SEEN: Mutex<Option<Seen>> = Mutex::new(None);

/// What a job's folder says by `read`, once as long as its files stay as they are.
pub(crate) fn once<E>(
    folder: &Path,
    read: impl FnOnce() -> Result<Option<Finished>, E>,
) -> Result<Option<Arc<Finished>>, E> {
    // Before they are read: what changes meanwhile is read again.
    let stamps = stamps::stamps(folder, FILES).filter(|all| all.iter().all(Option::is_some));
    let seen = || SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((before, finished)) = seen().get_or_insert_default().get(folder)
        && stamps.as_ref() == Some(before)
    {
        return Ok(Some(Arc::clone(finished)));
    }
    let finished = read()?.map(Arc::new);
    match (stamps, &finished) {
        (Some(stamps), Some(finished)) => {
            let kept = (stamps, Arc::clone(finished));
            seen()
                .get_or_insert_default()
                .insert(folder.to_owned(), kept);
        }
        _ => drop(seen().get_or_insert_default().remove(folder)),
    }
    Ok(finished)
}
