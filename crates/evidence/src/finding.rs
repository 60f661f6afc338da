use crate::cell::{Cell, Place};
use crate::curve::{Curve, by_job};
use crate::family::{Decision, decide};
use crate::measure::Reading;
use crate::question::{Claim, Question};
use crate::run::Run;
use std::collections::{BTreeMap, BTreeSet};
use tasks::Floor;
use training::{CurvePoint, JobId};

/// A sentence of the paper with what our numbers say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub claim: Claim,
    /// How far the first is ahead, over pairs of the same seed; Holm runs over the study's claims.
    pub decision: Decision,
    /// Pairs that were asked for.
    pub expected: usize,
    /// Runs among the pairs whose reading is only a bound.
    pub bounds: usize,
    /// Kinds of device that computed the runs of the pairs, where known. Several round differently.
    pub devices: BTreeSet<String>,
    pub floor: Option<Floor>,
}

/// Checks each claim of the study.
pub fn findings(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    cells: &[Cell],
) -> Vec<Finding> {
    let curves = by_job(curves);
    let looked: Vec<Looked> = question
        .claims
        .iter()
        .map(|claim| Looked::at(&question.table.rows, claim, runs, &curves))
        .collect();
    let family: Vec<Vec<f64>> = looked.iter().map(|looked| looked.leads.clone()).collect();
    let decided = question.claims.iter().zip(looked).zip(decide(&family));
    decided
        .map(|((claim, looked), decision)| Finding {
            expected: cells
                .iter()
                .filter(|cell| pair(cell, &question.table.rows, claim, &claim.first).is_some())
                .count(),
            claim: claim.clone(),
            decision,
            bounds: looked.bounds,
            devices: looked.devices,
            floor: looked.floor,
        })
        .collect()
}

/// A cell apart from the table's rows axis, and its seed: what a pair has in common.
type Pair = (Place, u64);

/// The pair that a cell belongs to, if the claim speaks of it as `row`.
fn pair(cell: &Cell, rows: &str, claim: &Claim, row: &str) -> Option<Pair> {
    let meant = |(axis, value): &(String, String)| cell.is_at(axis, value);
    let is_meant = cell.is_at(rows, row) && claim.place.iter().all(meant);
    is_meant.then(|| (cell.place().without(rows), cell.seed))
}

/// What a claim sees of the runs.
struct Looked {
    leads: Vec<f64>,
    bounds: usize,
    devices: BTreeSet<String>,
    floor: Option<Floor>,
}

impl Looked {
    fn at(
        rows: &str,
        claim: &Claim,
        runs: &[Run],
        curves: &BTreeMap<&JobId, &[CurvePoint]>,
    ) -> Self {
        let measure = claim.measure;
        let readings = |row: &str| -> BTreeMap<Pair, Reading> {
            let reading = |run: &Run| {
                let pair = pair(&run.cell, rows, claim, row)?;
                let curve = curves.get(&run.cell.job).copied().unwrap_or_default();
                Some((pair, measure.read(run, curve, claim.at)?))
            };
            runs.iter().filter_map(reading).collect()
        };
        let theirs = readings(&claim.second);
        let (mut leads, mut bounds) = (Vec::new(), 0);
        for (pair, ours) in readings(&claim.first) {
            if let Some(theirs) = theirs.get(&pair) {
                bounds += usize::from(ours.is_bound) + usize::from(theirs.is_bound);
                leads.push(measure.direction.lead(ours, *theirs));
            }
        }
        let mut devices = BTreeSet::new();
        for run in runs {
            let mut sides = [&claim.first, &claim.second].into_iter();
            if sides.any(|row| pair(&run.cell, rows, claim, row).is_some()) {
                devices.extend(run.device.clone());
            }
        }
        let mut first = runs.iter();
        let first = first.find(|run| pair(&run.cell, rows, claim, &claim.first).is_some());
        Self {
            leads,
            bounds,
            devices,
            floor: first.map(|run| run.floor.clone()),
        }
    }
}
