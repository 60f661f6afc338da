use super::run_curve::RunCurve;
use crate::file_names::{clean, numbered};
use evidence::{Cell, seed};
use std::collections::BTreeMap;
use training::JobId;

/// Bytes of the part that axes make, of the 255 that a name may have.
const LONGEST: usize = 120;

/// Letters of a job's id that tell it from others at a glance.
const SHORT: usize = 8;

/// A name for each run, of which a file system makes a folder: its axes' values, the learning rate where that is on trial, its
/// replicate or pilot, and the beginning of its job's id. Cells that share a job share a name; no other two have one that a
/// file system takes for the same.
pub fn run_names(runs: &[RunCurve]) -> Vec<String> {
    let mut jobs: BTreeMap<&JobId, usize> = BTreeMap::new();
    let mut plain = Vec::new();
    let cells = || runs.iter().map(|curve| &curve.run.cell);
    for cell in cells() {
        jobs.entry(&cell.job).or_insert_with(|| {
            plain.push(name(cell));
            plain.len() - 1
        });
    }
    let names = numbered(plain);
    cells().map(|cell| names[jobs[&cell.job]].clone()).collect()
}

fn name(cell: &Cell) -> String {
    let axes = cell.axes.iter().map(|(_, value)| clean(value));
    let axes = axes.collect::<Vec<_>>().join("_");
    // A name that begins with a dot is hidden, or leads elsewhere.
    let axes = axes.trim_start_matches('.');
    let mut length = 0;
    let fits = |letter: &char| {
        length += letter.len_utf8();
        length <= LONGEST
    };
    let axes: String = axes.chars().take_while(fits).collect();
    let id = clean(&cell.job.0).chars().take(SHORT).collect();
    let rate = cell.rate.map(|rate| rate.to_string());
    let parts = [Some(axes), rate, Some(drawn(cell.seed)), Some(id)];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

/// `r2`, `r2j2` of the second job around the body of a replicate, `pilot1`.
fn drawn(seed: u64) -> String {
    let of = match seed::pilot_of(seed) {
        Some(pilot) => format!("pilot{pilot}"),
        None => format!("r{}", seed::replicate(seed)),
    };
    match seed::job(seed) {
        0 => of,
        job => format!("{of}j{}", job + 1),
    }
}
