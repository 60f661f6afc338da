use crate::evidence::Jobs;
use crate::question::Claim;
use crate::registry::{ABOVE_FLOOR, TEST_ACCURACY};
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
                behind.collapsed += usize::from(run.is_collapsed() == Some(true));
                behind.devices.extend(run.device.clone());
                // Floors are accuracies.
                let is_floored =
                    [&TEST_ACCURACY, &ABOVE_FLOOR].contains(&claim.measure) || claim.at.is_some();
                if is_floored && !behind.floors.contains(&run.floor) {
                    behind.floors.push(run.floor.clone());
                }
            }
        }
        behind
    }
}
