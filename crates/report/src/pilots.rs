//! What pilots say besides the rate that they choose.

use evidence::{Cell, Place, Pooled, Run, seed};
use std::collections::{BTreeMap, BTreeSet};
use training::JobId;

/// Places whose rate is chosen on pilots.
pub(crate) fn piloted(cells: &[Cell]) -> BTreeSet<Place> {
    let pilots = cells.iter().filter(|cell| is_pilot(cell));
    pilots.map(Cell::place).collect()
}

/// Fills in the floors of cells without a replicate: they are the task's and no result of a run.
pub(crate) fn lend_floors(pooled: &mut [Pooled], runs: &[Run], cells: &[Cell]) {
    let pilots = cells.iter().filter(|cell| is_pilot(cell));
    let jobs: BTreeSet<&JobId> = pilots.map(|cell| &cell.job).collect();
    let runs = runs.iter().filter(|run| jobs.contains(&run.cell.job));
    let runs: BTreeMap<Place, &Run> = runs.map(|run| (run.cell.place(), run)).collect();
    for cell in pooled.iter_mut().filter(|cell| cell.floor.is_none()) {
        if let Some(run) = runs.get(&Place::of(&cell.axes)) {
            cell.floor = Some(run.floor.clone());
            let tested = run.tests.first();
            cell.floors = tested
                .map(|tested| tested.floors.clone())
                .unwrap_or_default();
        }
    }
}

fn is_pilot(cell: &Cell) -> bool {
    seed::pilot_of(cell.seed).is_some()
}
