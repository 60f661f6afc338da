//! A study's parquet files, taken together.

use crate::error::{ResultsError, if_there};
use crate::frame::Frame;
use crate::provenance::Provenance;
use crate::{
    attention_file, cell_columns, curve_file, measures_file, provenance_file, runs_file, tests_file,
};
use evidence::{Cell, Curve, Run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;
use training::{CurvePoint, JobId, Score};

pub(crate) const FILES: [&str; 6] = [
    "runs.parquet",
    "curves.parquet",
    "tests.parquet",
    "provenance.parquet",
    "measures.parquet",
    "attention.parquet",
];

/// The folder, beside a study's files, of rows that are not today's.
pub(crate) const APART: &str = "apart";

/// Where a file is damaged that may hold the only copy of a row.
pub(crate) const WAY_OUT: &str = "put it back from where it was published, or move all of the folder's \
                                  parquet files away: jobs whose folders are here are collected anew, \
                                  rows of others are in these files alone";

/// All that the study's files say about a job.
#[derive(Clone, Debug)]
pub struct Row {
    pub run: Run,
    pub points: Vec<CurvePoint>,
    pub provenance: Option<Provenance>,
}

impl Row {
    /// What was measured, apart.
    pub fn parts(self) -> (Run, Curve) {
        let (cell, points) = (self.run.cell.clone(), self.points);
        (self.run, Curve { cell, points })
    }

    /// The row at another place: a job may stand in a file under other axes, or in another order.
    pub(crate) fn at(mut self, cell: &Cell) -> Self {
        self.run.cell = cell.clone();
        self
    }

    /// The row for a file with cells of several grids.
    pub(crate) fn of_any_grid(mut self) -> Self {
        cell_columns::put_on_axis(&mut self.run.cell);
        self
    }

    /// Whether its points are gone: one that diverged before its first evaluation never had any.
    pub(crate) fn has_lost_curve(&self) -> bool {
        self.points.is_empty() && self.run.diverged.is_none()
    }

    /// Whether it is what a writer who was killed has left of a row, and this one is the whole of it.
    pub(crate) fn is_half_of(&self, other: &Self) -> bool {
        let is_half = self.has_lost_curve() || self.provenance.is_none();
        is_half
            && other.parts_there() > self.parts_there()
            && is_same(&self.run.test, &other.run.test)
    }

    /// Whether its two files have other scores of its first test set.
    pub(crate) fn is_torn(&self) -> bool {
        let first = self.run.tests.first();
        first.is_some_and(|tested| !is_same(&tested.score, &self.run.test))
    }

    /// The one of which more is left, else the first: a writer that was killed between two files leaves parts of rows.
    pub(crate) fn fuller<'a>(&'a self, other: &'a Self) -> &'a Self {
        match other.parts_there() > self.parts_there() {
            true => other,
            false => self,
        }
    }

    /// Which parts of it there are, from the one that most hangs on.
    fn parts_there(&self) -> [bool; 4] {
        [
            !self.points.is_empty(),
            !self.run.tests.is_empty(),
            self.provenance.is_some(),
            self.run.attention_map.is_some(),
        ]
    }
}

fn is_same(one: &Score, other: &Score) -> bool {
    let bits = |score: &Score| {
        (
            score.loss.to_bits(),
            score.accuracy.to_bits(),
            score.examples,
        )
    };
    bits(one) == bits(other)
}

/// What the files in a folder say.
#[derive(Debug)]
pub(crate) struct Published {
    pub rows: BTreeMap<JobId, Row>,
    /// Curves of jobs without a run.
    pub loose: BTreeMap<JobId, Vec<CurvePoint>>,
}

/// What two folders say of each job.
pub(crate) fn either(
    mut rows: BTreeMap<JobId, Row>,
    others: &BTreeMap<JobId, Row>,
) -> BTreeMap<JobId, Row> {
    for (job, other) in others {
        match rows.get_mut(job) {
            Some(row) => *row = row.fuller(other).clone(),
            None => drop(rows.insert(job.clone(), other.clone())),
        }
    }
    rows
}

/// Reads the files in a folder; a learning rate that was on trial stands among the axes.
pub(crate) fn read(dir: &Path) -> Result<Published, ResultsError> {
    let path = |name| dir.join(name);
    let curves = || or_empty(curve_file::read_curves(&path("curves.parquet")));
    let runs = || or_empty(runs_file::read_tested(&path("runs.parquet")));
    let (curves, runs) = threads::beside(curves, runs);
    let (runs, curves) = (runs?, curves?);
    let mut provenance = or_empty(provenance_file::read(&path("provenance.parquet")))?;
    let mut maps = or_empty(attention_file::read(&path("attention.parquet")))?;
    let mut points = BTreeMap::new();
    for curve in curves {
        points.entry(curve.cell.job).or_insert(curve.points);
    }
    let mut rows: BTreeMap<JobId, Row> = BTreeMap::new();
    for mut run in runs {
        let job = run.cell.job.clone();
        run.attention_map = maps.remove(&job);
        let provenance = provenance.remove(&job);
        run.device = provenance
            .as_ref()
            .map(|record| record.device_kind().to_owned());
        if let Some(before) = rows.get(&job) {
            if !is_same(&before.run.test, &run.test) {
                let problem = format!("job {job} stands in it twice, with other scores");
                return Err(ResultsError::damaged(&path("runs.parquet"), problem).or_else(WAY_OUT));
            }
            continue;
        }
        let row = Row {
            points: points.remove(&job).unwrap_or_default(),
            provenance,
            run,
        };
        rows.insert(job, row);
    }
    Ok(Published {
        loose: points,
        rows,
    })
}

/// The files of a folder with these rows.
pub(crate) fn frames(dir: &Path, rows: &[Row]) -> Result<Vec<Frame>, ResultsError> {
    let runs: Vec<Run> = rows.iter().map(|row| row.run.clone()).collect();
    let curve = |row: &Row| Curve {
        cell: row.run.cell.clone(),
        points: row.points.clone(),
    };
    let curves: Vec<Curve> = rows.iter().map(curve).collect();
    let record = |row: &Row| Some((row.run.cell.job.clone(), row.provenance.clone()?));
    let provenance = rows.iter().filter_map(record).collect();
    let [
        in_runs,
        in_curves,
        in_tests,
        in_provenance,
        in_measures,
        in_attention,
    ] = FILES.map(|name| dir.join(name));
    let tests = tests_file::frame(&in_tests, &runs);
    let measures = measures_file::frame(&in_measures, &runs, &curves)?;
    let attention = attention_file::frame(&in_attention, &runs)?;
    let frames = [
        runs_file::frame(&in_runs, runs)?,
        curve_file::curves_frame(&in_curves, &curves),
        tests,
        provenance_file::frame(&in_provenance, &provenance),
    ];
    Ok(frames
        .into_iter()
        .chain(measures)
        .chain(attention)
        .collect())
}

/// No writer takes so long over one file.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Writes the files where what they say changes.
pub(crate) fn write(dir: &Path, frames: &[Frame]) -> Result<(), ResultsError> {
    fs::create_dir_all(dir).map_err(ResultsError::io("create", dir))?;
    sweep(dir);
    frames.iter().try_for_each(Frame::write)
}

/// The same when rows are taken out: a kill in between leaves rows with fewer parts, and no parts without a row.
pub(crate) fn write_fewer(dir: &Path, frames: &[Frame]) -> Result<(), ResultsError> {
    sweep(dir);
    frames.iter().rev().try_for_each(Frame::write)
}

/// Removes the files, and the folder where nothing else is in it. Nothing is removed where something would
/// be lost that is not of rows.
pub(crate) fn remove(dir: &Path) -> Result<(), ResultsError> {
    for frame in frames(dir, &[])? {
        frame.changes()?;
    }
    sweep(dir);
    // The rows themselves last.
    for path in FILES.iter().rev().map(|name| dir.join(name)) {
        if_there(fs::remove_file(&path).map_err(ResultsError::io("remove", &path)))?;
    }
    // Somebody's own files may lie there.
    let _ = fs::remove_dir(dir);
    Ok(())
}

/// Sweeps away what killed writers left. Not all who write into a study's folder have it alone (tables, pages): what is young may be being
/// written.
fn sweep(dir: &Path) {
    // What stays behind is only space, and the folder may be one to read only.
    let _ = files::sweep_older(dir, HOUR);
}

/// A file that is missing says nothing. One that cannot be read is left alone: it may hold the only
/// copy of published rows.
fn or_empty<T: Default>(read: Result<T, ResultsError>) -> Result<T, ResultsError> {
    let read = if_there(read).map_err(|error| error.or_else(WAY_OUT));
    Ok(read?.unwrap_or_default())
}
