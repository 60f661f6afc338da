use crate::grid::Jobs;
use crate::question::Claim;
use crate::reading::finite_set;
use crate::run::Run;
use std::collections::BTreeSet;
use tasks::Floor;

/// What is to be known of the runs behind a claim's numbers.
#[derive(Default)]
pub(crate) struct Behind {
    pub bounds: usize,
    pub collapsed: usize,
    pub runs: usize,
    pub devices: BTreeSet<String>,
    pub floors: Vec<Floor>,
}

impl Behind {
    pub fn of<'a: 'g, 'g>(claim: &Claim, jobs: impl Iterator<Item = &'g Jobs<'a>>) -> Self {
        let mut behind = Self::default();
        for jobs in jobs {
            let readings = jobs.readings(claim.measure, claim.at).flatten();
            behind.bounds += readings.filter(|reading| reading.is_bound).count();
            for run in jobs.runs() {
                behind.runs += 1;
                behind.collapsed += usize::from(is_collapsed(run));
                behind.devices.extend(run.device.clone());
                if !behind.floors.contains(&run.floor) {
                    behind.floors.push(run.floor.clone());
                }
            }
        }
        behind
    }
}

/// Whether a run is no better than always saying the most frequent class, within two standard deviations of the
/// test set's noise. Not known, and not counted, where a task has no such strategy or its row does not tell.
fn is_collapsed(run: &Run) -> bool {
    let floors = run.tests.first().into_iter().flat_map(|test| &test.floors);
    let mut majority = floors.filter(|floor| floor.strategy == "majority class");
    let near = 2.0 * finite_set(&run.test).sqrt();
    majority.any(|floor| run.test.accuracy <= floor.accuracy + near)
}
