use crate::error::ResultsError;
use crate::folder::JobState;
use crate::glance;
use crate::halves;
use crate::published::{APART, Published, Row};
use crate::rebuild::finished;
use crate::store::Store;
use crate::studies::published_by_all;
use evidence::{Cell, Curve, Run};
use std::sync::Arc;
use training::{CurvePoint, JobId};

/// What there is of a study's jobs, in their folders and in what was published; nothing is written.
#[derive(Debug)]
pub struct Known<'a> {
    store: &'a Store,
    published: Vec<Arc<Published>>,
}

impl<'a> Known<'a> {
    /// # Errors
    /// As [`rebuild`](crate::rebuild()).
    pub fn of(store: &'a Store, study: &str) -> Result<Self, ResultsError> {
        let known = Self::as_left(store, study)?;
        let dir = store.study_dir(study);
        halves::refuse(store, &dir, &known.published[0], &known.published[1])?;
        Ok(known)
    }

    /// The same, with rows that a writer who was killed has left by half: for those who write them again, or away.
    ///
    /// # Errors
    /// As [`rebuild`](crate::rebuild()).
    pub fn as_left(store: &'a Store, study: &str) -> Result<Self, ResultsError> {
        let dir = store.study_dir(study);
        let published = vec![glance::read(&dir)?, glance::read(&dir.join(APART))?];
        Ok(Self { store, published })
    }

    /// With what every other study of the store has had published: a row belongs to its job.
    ///
    /// # Errors
    /// As [`rebuild`](crate::rebuild()).
    pub fn and_of_others(mut self) -> Result<Self, ResultsError> {
        self.published.extend(published_by_all(self.store)?);
        Ok(self)
    }

    /// Of a study without a folder of its own: the jobs alone.
    pub fn of_jobs(store: &'a Store) -> Self {
        let published = Vec::new();
        Self { store, published }
    }

    /// The validation curve of a job that has ended, as steps and accuracies; without points where it diverged before
    /// its first evaluation. `None` of one that has not ended, and of one whose published row has lost its curve.
    pub fn validation(&self, id: &JobId) -> Option<Vec<(u64, f64)>> {
        let folder = self.store.job(id);
        let validation = |points: &[CurvePoint]| {
            let points = points.iter();
            points
                .map(|point| (point.step, point.validation_accuracy))
                .collect()
        };
        if let Ok(Some(finished)) = folder.finished() {
            return Some(validation(&finished.points));
        }
        let row = self.row(id)?;
        (!row.has_lost_curve()).then(|| validation(&row.points))
    }

    /// What the best trivial strategy reaches on the task of a job that has ended, where that is known.
    pub fn floor(&self, id: &JobId) -> Option<f64> {
        let of_folder = match self.store.job(id).finished() {
            Ok(Some(finished)) => Some(finished.outcome.test.floor().accuracy),
            _ => None,
        };
        let published = || Some(self.row(id)?.run.floor.accuracy);
        of_folder.or_else(published)
    }

    /// The finished runs of these cells with their curves, in the same order.
    pub fn runs(&self, cells: &[Cell]) -> (Vec<Run>, Vec<Curve>) {
        // What cannot be read is said by whoever collects it.
        let (rows, _) = self.rows(cells);
        rows.into_iter().map(Row::parts).unzip()
    }

    /// All that is known of the finished jobs of these cells, in the same order; and why jobs, or what they left since they were
    /// published, do not count as finished.
    pub fn rows(&self, cells: &[Cell]) -> (Vec<Row>, Vec<ResultsError>) {
        let (mut rows, mut unread) = (Vec::new(), Vec::new());
        for cell in cells {
            let published = self.row(&cell.job).cloned().map(|row| row.at(cell));
            let row = finished(self.store, cell, published.as_ref());
            let row = row.unwrap_or_else(|error| {
                unread.push(error);
                None
            });
            rows.extend(row.or(published));
        }
        (rows, unread)
    }

    /// Whether a job's numbers are here, and its folder is not.
    pub fn is_published(&self, id: &JobId) -> bool {
        self.row(id).is_some() && !self.is_finished(id)
    }

    /// The row that was published of a job, of several the one of which most is left.
    pub(crate) fn row(&self, id: &JobId) -> Option<&Row> {
        let rows = self.published.iter();
        let rows = rows.filter_map(|there| there.rows.get(id));
        rows.reduce(Row::fuller)
    }

    /// Whether another row of a job has what is not here.
    pub(crate) fn lacks(&self, other: &Row) -> bool {
        let id = &other.run.cell.job;
        let row = self.row(id);
        row.is_none_or(|row| row.is_half_of(other)) && !self.is_finished(id)
    }

    /// Whether a job's numbers are here.
    pub fn has(&self, id: &JobId) -> bool {
        self.row(id).is_some() || self.is_finished(id)
    }

    fn is_finished(&self, id: &JobId) -> bool {
        matches!(self.store.job(id).state(), Ok(JobState::Finished))
    }
}
