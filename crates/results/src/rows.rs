//! The rows of a study's parquet files, typed.

use freezing_policy::{Group, GroupCount};
use std::collections::BTreeMap;
use tasks::Floor;
use training::{CurvePoint, JobId, Score};

/// A place in the grid of a study: one choice per axis, and a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `(axis, value)` in the study's order.
    pub axes: Vec<(String, String)>,
    pub seed: u64,
    pub job: JobId,
}

/// One row of `runs.parquet`: a cell with what its job found.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub cell: Cell,
    pub task: String,
    pub form: String,
    pub policy: String,
    pub learning_rate: f64,
    pub batch_size: usize,
    pub steps: u64,
    pub tested_step: u64,
    pub test: Score,
    pub floor: Floor,
    pub parameters: BTreeMap<Group, GroupCount>,
}

/// The rows of `curves.parquet` that belong to one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub cell: Cell,
    pub points: Vec<CurvePoint>,
}
