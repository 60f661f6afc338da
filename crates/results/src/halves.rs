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

/// Refuses files that lack what their neighbours have, where no job's folder has it: curves without runs, runs without a single curve, and
/// scores that are others in `runs.parquet` than in `tests.parquet`. What is told from them would be wrong, and the next writing would
/// make it so for good.
///
/// # Errors
/// [`ResultsError::Damaged`].
pub(crate) fn refuse(
    store: &Store,
    dir: &Path,
    here: &Published,
    apart: &Published,
) -> Result<(), ResultsError> {
    let is_finished = |job: &JobId| matches!(store.job(job).state(), Ok(JobState::Finished));
    let both = [here, apart];
    let has_row = |job: &JobId| both.iter().any(|there| there.rows.contains_key(job));
    let has_curve = |job: &JobId| {
        both.iter().any(|there| {
            let row = there.rows.get(job);
            there.loose.contains_key(job) || row.is_some_and(|row| !row.has_lost_curve())
        })
    };
    for (dir, there) in [(dir, here), (&*dir.join(APART), apart)] {
        refuse_loose(dir, there.loose.keys(), |job| {
            has_row(job) || is_finished(job)
        })?;
        let damaged = |file: &str, problem: String| {
            Err(ResultsError::damaged(&dir.join(file), problem).or_else(WAY_OUT))
        };
        // A writer who was killed has not come to the record of where the job ran, and a remover took it before the curve: where it is
        // there, the curve was, too.
        let is_lost = |row: &Row| row.has_lost_curve() && row.provenance.is_some();
        let mut lost = there.rows.iter().filter(|(_, row)| is_lost(row));
        let has_none = there.rows.values().all(|row| row.points.is_empty());
        if has_none && lost.any(|(job, _)| !has_curve(job) && !is_finished(job)) {
            return damaged(
                "curves.parquet",
                "no job of runs.parquet is in it".to_owned(),
            );
        }
        let mut torn = there.rows.iter().filter(|(_, row)| row.is_torn());
        if let Some((job, _)) = torn.find(|(job, _)| !is_finished(job)) {
            let problem = format!("the score of job {job} is another one than in runs.parquet");
            return damaged("tests.parquet", problem);
        }
    }
    Ok(())
}

/// Refuses curves that would go with the next writing: of jobs that have no run, and that nothing else keeps.
///
/// # Errors
/// [`ResultsError::Damaged`].
pub(crate) fn refuse_loose<'a>(
    dir: &Path,
    loose: impl Iterator<Item = &'a JobId>,
    is_kept: impl Fn(&JobId) -> bool,
) -> Result<(), ResultsError> {
    let problem = match loose.filter(|job| !is_kept(job)).count() {
        0 => return Ok(()),
        1 => "a job of curves.parquet is not in it".to_owned(),
        count => format!("{count} jobs of curves.parquet are not in it"),
    };
    Err(ResultsError::damaged(&dir.join("runs.parquet"), problem).or_else(WAY_OUT))
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
