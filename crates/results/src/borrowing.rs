//! Rows that one study has and another can use: a row belongs to its job, whichever study had it published.

use crate::alone::alone;
use crate::error::ResultsError;
use crate::halves;
use crate::known::Known;
use crate::published::{self, APART, Row};
use crate::rebuild::{PRETRAININGS, by_place};
use crate::store::Store;
use crate::studies::rows_of_all;
use evidence::Cell;
use std::collections::{BTreeMap, BTreeSet};
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
    set_apart(store, study, borrowed)
}

/// What came of the rows of another store.
#[derive(Debug, Default)]
pub struct Taken {
    /// How many came.
    pub rows: usize,
    /// Rows of jobs that both stores have rows of: theirs, and the one here, which stays.
    pub both: Vec<(Row, Row)>,
}

/// The same with rows that a study of this name, or its pretrainings, has in another store. A row that is here stays as it is.
///
/// # Errors
/// As [`borrow_rows`].
pub fn take_rows(from: &Store, into: &Store, study: &str) -> Result<Taken, ResultsError> {
    let mut taken = Taken::default();
    for study in [study.to_owned(), format!("{study}/{PRETRAININGS}")] {
        let dir = from.study_dir(&study);
        let (there, apart) = (published::read(&dir)?, published::read(&dir.join(APART))?);
        halves::refuse(from, &dir, &there, &apart)?;
        let mut rows = halves::whole(&there, &apart);
        let known = Known::as_left(into, &study)?;
        for (job, row) in rows.iter().filter(|(_, row)| !known.lacks(row)) {
            taken
                .both
                .extend(known.row(job).map(|here| (row.clone(), here.clone())));
        }
        rows.retain(|_, row| known.lacks(row));
        taken.rows += set_apart(into, &study, rows)?;
    }
    Ok(taken)
}

fn set_apart(
    store: &Store,
    study: &str,
    borrowed: BTreeMap<JobId, Row>,
) -> Result<usize, ResultsError> {
    if borrowed.is_empty() {
        return Ok(0);
    }
    let dir = store.study_dir(study);
    let _held = alone(&dir)?;
    let aside = dir.join(APART);
    let there = published::read(&aside)?;
    let (mut rows, mut count) = (there.rows, 0);
    for (job, row) in borrowed {
        // What came meanwhile stays as it is, unless half of it is gone.
        let row = row.of_any_grid();
        if rows.get(&job).is_none_or(|there| there.is_half_of(&row)) {
            rows.insert(job, row);
            count += 1;
        }
    }
    halves::refuse_loose(&aside, there.loose.keys(), |job| rows.contains_key(job))?;
    let frames = published::frames(&aside, &by_place(rows))?;
    for frame in &frames {
        frame.changes()?;
    }
    published::write(&aside, &frames)?;
    Ok(count)
}
