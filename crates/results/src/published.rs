//! A study's parquet files, taken together.

use crate::error::{ResultsError, if_there};
use crate::provenance::Provenance;
use crate::{curve_file, measures_file, provenance_file, runs_file, tests_file};
use evidence::{Cell, Curve, Place, Rate, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use training::{CurvePoint, JobId};

/// All that the study's files say about a cell.
#[derive(Clone)]
pub(crate) struct Row {
    pub run: Run,
    pub points: Vec<CurvePoint>,
    pub provenance: Option<Provenance>,
}

/// What the study's files say already.
pub(crate) struct Published {
    /// In the order of `runs.parquet`; a run without a curve is none.
    rows: Vec<Row>,
    /// The first row of each job.
    of_job: BTreeMap<JobId, usize>,
    /// Whether `runs.parquet` has any.
    pub has_runs: bool,
}

impl Published {
    /// `on_trial` where the study has its learning rates on trial.
    pub fn read(dir: &Path, on_trial: bool) -> Result<Self, ResultsError> {
        let runs = or_empty(runs_file::read_runs(&dir.join("runs.parquet"), on_trial))?;
        let curves = or_empty(curve_file::read_curves(
            &dir.join("curves.parquet"),
            on_trial,
        ))?;
        let provenance = or_empty(provenance_file::read(&dir.join("provenance.parquet")))?;
        let has_runs = !runs.is_empty();
        let mut points = BTreeMap::new();
        for curve in curves {
            points.entry(curve.cell.job).or_insert(curve.points);
        }
        let row = |run: Run| {
            Some(Row {
                points: points.get(&run.cell.job)?.clone(),
                provenance: provenance.get(&run.cell.job).cloned(),
                run,
            })
        };
        let rows: Vec<Row> = runs.into_iter().filter_map(row).collect();
        let mut of_job = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            of_job.entry(row.run.cell.job.clone()).or_insert(index);
        }
        Ok(Self {
            rows,
            of_job,
            has_runs,
        })
    }

    /// The row of a cell's job, which may stand in the file under the axes in another order.
    pub fn of(&self, cell: &Cell) -> Option<Row> {
        let mut row = self.rows[*self.of_job.get(&cell.job)?].clone();
        row.run.cell = cell.clone();
        Some(row)
    }

    /// The rows at places of the same grid that are none of `cells`.
    pub fn not_asked(&self, cells: &[Cell]) -> impl Iterator<Item = &Row> {
        let asked: BTreeSet<_> = cells.iter().map(place).collect();
        let grid: BTreeSet<_> = cells.iter().map(names).collect();
        self.rows.iter().filter(move |row| {
            let cell = &row.run.cell;
            grid.contains(&names(cell)) && !asked.contains(&place(cell))
        })
    }
}

/// Writes the files where what they say changes, and gives the rows back as they were written.
pub(crate) fn write(dir: &Path, rows: Vec<Row>) -> Result<(Vec<Run>, Vec<Curve>), ResultsError> {
    let (mut runs, mut curves) = (Vec::new(), Vec::new());
    let mut provenance = BTreeMap::new();
    for row in rows {
        let cell = row.run.cell.clone();
        if let Some(record) = row.provenance {
            provenance.insert(cell.job.clone(), record);
        }
        runs.push(row.run);
        curves.push(Curve {
            cell,
            points: row.points,
        });
    }
    fs::create_dir_all(dir).map_err(ResultsError::io("create", dir))?;
    runs_file::write(&dir.join("runs.parquet"), &runs)?;
    measures_file::write(&dir.join("measures.parquet"), &runs, &curves)?;
    curve_file::write_curves(&dir.join("curves.parquet"), &curves)?;
    tests_file::write(&dir.join("tests.parquet"), &runs)?;
    provenance_file::write(&dir.join("provenance.parquet"), &provenance)?;
    Ok((runs, curves))
}

/// Where a row stands in its grid.
fn place(cell: &Cell) -> (Place, Option<Rate>, u64) {
    (cell.place(), cell.rate, cell.seed)
}

/// The axes of a cell's grid, and whether rates are on trial there.
fn names(cell: &Cell) -> (BTreeSet<&str>, bool) {
    let axes = cell.axes.iter().map(|(axis, _)| axis.as_str());
    (axes.collect(), cell.rate.is_some())
}

/// A file that is missing says nothing. One that cannot be read is left alone: it may hold the only
/// copy of published rows.
fn or_empty<T: Default>(read: Result<T, ResultsError>) -> Result<T, ResultsError> {
    match if_there(read) {
        Err(ResultsError::Damaged { path, problem, .. }) => Err(ResultsError::Damaged {
            remedy: path.clone(),
            path,
            problem,
        }),
        other => Ok(other?.unwrap_or_default()),
    }
}
