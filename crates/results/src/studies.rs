//! The studies of a store, and what they have had published.

use crate::error::ResultsError;
use crate::glance;
use crate::published::{APART, Published, Row, either};
use crate::rebuild::PRETRAININGS;
use crate::store::Store;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use training::JobId;

/// The rows of every study of a store, and of their pretrainings. A file that cannot be read is an error, whosesoever it is: what is
/// left out in silence would be trained again.
///
/// # Errors
/// As [`rebuild`](crate::rebuild()).
pub fn rows_of_all(store: &Store) -> Result<BTreeMap<JobId, Row>, ResultsError> {
    let all = published_by_all(store)?;
    let rows = |all, there: &Arc<Published>| either(all, &there.rows);
    Ok(all.iter().fold(BTreeMap::new(), rows))
}

/// The same, folder by folder.
pub(crate) fn published_by_all(store: &Store) -> Result<Vec<Arc<Published>>, ResultsError> {
    let folders = studies(store)?
        .into_iter()
        .flat_map(|study| folders(store.study_dir(&study)));
    folders.map(|dir| glance::read(&dir)).collect()
}

/// The studies in whose tables a job is whose id begins so, or in those of their pretrainings.
///
/// # Errors
/// As [`rows_of_all`].
pub fn published_in(store: &Store, beginning: &str) -> Result<Vec<String>, ResultsError> {
    let mut found = Vec::new();
    for study in studies(store)? {
        let dir = store.study_dir(&study);
        for dir in [dir.join(PRETRAININGS), dir] {
            let there = glance::read(&dir)?;
            if there.rows.keys().any(|job| job.0.starts_with(beginning)) {
                found.push(study.clone());
                break;
            }
        }
    }
    Ok(found)
}

/// Where a study's folder has rows.
pub(crate) fn folders(dir: PathBuf) -> [PathBuf; 4] {
    let pretrainings = dir.join(PRETRAININGS);
    [pretrainings.join(APART), pretrainings, dir.join(APART), dir]
}

/// The folders of studies in a store, by name.
///
/// # Errors
/// When the store cannot be read.
pub fn studies(store: &Store) -> Result<Vec<String>, ResultsError> {
    let folder = store.folder();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ResultsError::io("read", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ResultsError::io("read", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // No study's name begins with a point.
        if name != "jobs" && !name.starts_with('.') && entry.path().is_dir() {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}
