//! Rows that one study has and another can use: a row belongs to its job, whichever study had it published.

use crate::error::ResultsError;
use crate::known::Known;
use crate::published::{self, Row};
use crate::rebuild::{APART, PRETRAININGS, by_place, either};
use crate::store::Store;
use evidence::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use training::JobId;

/// Puts rows that other studies have of these cells' jobs among those that this study has set apart: from there
/// the next [`rebuild`](crate::rebuild()) takes each to its cell. Jobs that this study knows are left as they are.
/// How many rows came.
///
/// # Errors
/// As [`rebuild`](crate::rebuild()); then nothing is written.
pub fn borrow_rows(store: &Store, study: &str, cells: &[Cell]) -> Result<usize, ResultsError> {
    let known = Known::of(store, study)?;
    let jobs = cells.iter().map(|cell| &cell.job);
    let wanted: BTreeSet<&JobId> = jobs.filter(|job| !known.has(job)).collect();
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut borrowed = rows_of_all(store)?;
    borrowed.retain(|job, _| wanted.contains(job));
    if borrowed.is_empty() {
        return Ok(0);
    }
    let count = borrowed.len();
    let aside = store.study_dir(study).join(APART);
    let mut rows = published::read(&aside, false)?.rows;
    rows.extend(
        borrowed
            .into_iter()
            .map(|(job, row)| (job, row.of_any_grid())),
    );
    let frames = published::frames(&aside, &by_place(rows))?;
    for frame in &frames {
        frame.changes()?;
    }
    published::write(&aside, &frames)?;
    Ok(count)
}

/// The rows of every study of a store, and of their pretrainings.
pub(crate) fn rows_of_all(store: &Store) -> Result<BTreeMap<JobId, Row>, ResultsError> {
    let mut all = BTreeMap::new();
    for study in studies(store)? {
        for dir in folders(store.study_dir(&study)) {
            all = either(all, &published::read(&dir, false)?.rows);
        }
    }
    Ok(all)
}

/// Where a study's folder has rows.
pub(crate) fn folders(dir: PathBuf) -> [PathBuf; 4] {
    let pretrainings = dir.join(PRETRAININGS);
    [pretrainings.join(APART), pretrainings, dir.join(APART), dir]
}

/// The folders of studies in a store, by name.
pub(crate) fn studies(store: &Store) -> Result<Vec<String>, ResultsError> {
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
        if name != "jobs" && entry.path().is_dir() {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}
