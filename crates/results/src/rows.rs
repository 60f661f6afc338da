//! The rows of a study's parquet files, typed.

use freezing_policy::{Group, GroupCount};
use std::collections::BTreeMap;
use tasks::Floor;
use training::{CurvePoint, JobId, Score, Tested};

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
    /// The step at which the run diverged.
    pub diverged: Option<u64>,
    /// On the first test set.
    pub test: Score,
    /// The best trivial strategy.
    pub floor: Floor,
    /// Every test set of the task with every trivial strategy; empty in rows of versions that kept
    /// no more than `test` and `floor`.
    pub tests: Vec<Tested>,
    pub parameters: BTreeMap<Group, GroupCount>,
}

/// The rows of `curves.parquet` that belong to one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub cell: Cell,
    pub points: Vec<CurvePoint>,
}
