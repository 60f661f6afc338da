//! Rows that somebody wants no more.

use crate::alone::alone;
use crate::error::ResultsError;
use crate::halves;
use crate::published;
use crate::rebuild::{PRETRAININGS, by_place};
use crate::store::Store;
use crate::studies::{folders, studies};
use files::Hold;
use std::collections::BTreeSet;
use std::fs;
use training::JobId;

/// Takes the rows of these jobs out of a study's files, those that are set apart included; how many there were. The others stay,
/// in the order that the next [`rebuild`](crate::rebuild()) gives up for the plan's.
///
/// # Errors
/// As [`rebuild`](crate::rebuild()); then nothing is written.
pub fn remove_rows(
    store: &Store,
    study: &str,
    jobs: &BTreeSet<JobId>,
) -> Result<usize, ResultsError> {
    let dir = store.study_dir(study);
    let pretrainings = dir.join(PRETRAININGS);
    let both = [Some(&dir), Some(&pretrainings).filter(|dir| dir.is_dir())];
    let held: Vec<Hold> = both
        .into_iter()
        .flatten()
        .map(|dir| alone(dir))
        .collect::<Result<_, _>>()?;
    let mut removed = BTreeSet::new();
    for dir in folders(dir.clone()) {
        let there = published::read(&dir)?;
        let mut rows = there.rows;
        let known = rows.keys().chain(there.loose.keys());
        let here: Vec<JobId> = known.filter(|job| jobs.contains(job)).cloned().collect();
        if here.is_empty() {
            continue;
        }
        halves::refuse_loose(&dir, there.loose.keys(), |job| jobs.contains(job))?;
        rows.retain(|job, _| !jobs.contains(job));
        removed.extend(here);
        match rows.is_empty() {
            true => published::remove(&dir)?,
            false => {
                let frames = published::frames(&dir, &by_place(rows))?;
                for frame in &frames {
                    frame.changes()?;
                }
                published::write_fewer(&dir, &frames)?;
            }
        }
    }
    drop(held);
    // Where nothing else was in them.
    for dir in [pretrainings, dir] {
        let _ = fs::remove_dir(dir);
    }
    Ok(removed.len())
}

/// The studies of a store that have rows of these jobs.
///
/// # Errors
/// When the folder of results or a file in it cannot be read.
pub fn studies_with(store: &Store, jobs: &BTreeSet<JobId>) -> Result<Vec<String>, ResultsError> {
    let mut found = Vec::new();
    for name in studies(store)? {
        for dir in folders(store.study_dir(&name)) {
            let rows = published::read(&dir)?.rows;
            if rows.keys().any(|job| jobs.contains(job)) && !found.contains(&name) {
                found.push(name.clone());
            }
        }
    }
    Ok(found)
}
