//! Rows of which a file has one half, and its neighbour not the other.

use crate::error::ResultsError;
use crate::folder::JobState;
use crate::published::{APART, Published, Row, WAY_OUT, either};
use crate::store::Store;
use std::collections::BTreeMap;
use std::path::Path;
use training::JobId;

/// What a study's files and those of the rows set apart say of each job: a curve goes to its run, whichever of the two has it.
pub(crate) fn whole(here: &Published, apart: &Published) -> BTreeMap<JobId, Row> {
    let mut rows = either(here.rows.clone(), &apart.rows);
    for (job, points) in here.loose.iter().chain(&apart.loose) {
        if let Some(row) = rows.get_mut(job)
            && row.has_lost_curve()
        {
            row.points.clone_from(points);
        }
    }
    rows
}

/// Refuses files that lack what their neighbours have, where no job's folder has it: curves without runs, runs of which none has its
/// curve, and scores that are others in `runs.parquet` than in `tests.parquet`. What is told from them would be wrong, and the next
/// writing would make it so for good.
///
/// # Errors
/// [`ResultsError::Damaged`].
pub(crate) fn refuse(
    store: &Store,
    dir: &Path,
    here: &Published,
    apart: &Published,
) -> Result<(), ResultsError> {
    let damaged = |dir: &Path, file: &str, problem: String| {
        Err(ResultsError::damaged(&dir.join(file), problem).or_else(WAY_OUT))
    };
    let is_finished = |job: &JobId| matches!(store.job(job).state(), Ok(JobState::Finished));
    let has_row = |job: &JobId| here.rows.contains_key(job) || apart.rows.contains_key(job);
    for (dir, there) in [(dir, here), (&*dir.join(APART), apart)] {
        let jobs = there.loose.keys();
        let problem = match jobs
            .filter(|job| !has_row(job) && !is_finished(job))
            .count()
        {
            0 => continue,
            1 => "a job of curves.parquet is not in it".to_owned(),
            count => format!("{count} jobs of curves.parquet are not in it"),
        };
        return damaged(dir, "runs.parquet", problem);
    }
    // A writer that was killed leaves some rows without, each of them whole in one of the two folders. A file that is gone, or another
    // study's, has none.
    let has_curve = |job: &JobId| {
        let row = apart.rows.get(job);
        here.loose.contains_key(job)
            || apart.loose.contains_key(job)
            || row.is_some_and(|row| !row.has_lost_curve())
    };
    let mut rows = here.rows.iter();
    let is_lost =
        |(job, row): (&JobId, &Row)| row.has_lost_curve() && !has_curve(job) && !is_finished(job);
    if here.rows.values().all(|row| row.points.is_empty()) && rows.any(is_lost) {
        let problem = "no job of runs.parquet is in it".to_owned();
        return damaged(dir, "curves.parquet", problem);
    }
    let mut rows = here.rows.iter();
    match rows.find(|(job, row)| row.is_torn() && !is_finished(job)) {
        None => Ok(()),
        Some((job, _)) => {
            let problem = format!("the score of job {job} is another one than in runs.parquet");
            damaged(dir, "tests.parquet", problem)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published;

    #[test]
    fn a_curve_goes_to_its_run_whichever_folder_has_it() {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/first-version");
        let before = published::read(&fixture).unwrap();
        let mut apart = Published {
            rows: before.rows.clone(),
            loose: BTreeMap::new(),
        };
        let lose = |(job, row): (&JobId, &mut Row)| (job.clone(), std::mem::take(&mut row.points));
        let here = Published {
            rows: BTreeMap::new(),
            loose: apart.rows.iter_mut().map(lose).collect(),
        };
        for (here, apart) in [(&here, &apart), (&apart, &here)] {
            let after = whole(here, apart);
            for (job, row) in before
                .rows
                .iter()
                .filter(|(_, row)| row.run.diverged.is_none())
            {
                assert_eq!(after[job].points.len(), row.points.len());
            }
        }
    }
}
