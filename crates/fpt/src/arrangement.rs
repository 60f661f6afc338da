//! Workers and threads for the jobs of a study on this machine.

use crate::context::Context;
use crate::{pace, print};
use runner::{Arrangement, Forecast, Machine, arrange};
use std::num::NonZero;
use study::Planned;
use sysinfo::System;

/// Below this many seconds a study is done before a measurement has paid.
const WORTH_MEASURING: f64 = 600.0;

/// Decides, and measures first where that may change what is decided.
pub fn measured(context: &Context, jobs: &[Planned], forecast: &Forecast) -> Arrangement {
    let machine = machine();
    let ruled = expected(context, jobs);
    let largest = jobs
        .iter()
        .max_by_key(|planned| runner::bytes(&planned.job));
    let wall = forecast.wall(jobs, ruled.workers);
    let is_open = ruled.is_open(context.wish, machine) && wall > WORTH_MEASURING;
    match largest.filter(|_| is_open && context.device == "flex") {
        Some(largest) => {
            let pace = pace::measure(&largest.job, machine.cores);
            arrange(
                context.wish,
                machine,
                jobs.len(),
                runner::bytes(&largest.job),
                pace,
            )
        }
        None => ruled,
    }
}

/// What is decided without a measurement.
pub fn expected(context: &Context, jobs: &[Planned]) -> Arrangement {
    let bytes = jobs.iter().map(|planned| runner::bytes(&planned.job)).max();
    let bytes = bytes.unwrap_or(0);
    arrange(context.wish, machine(), jobs.len(), bytes, None)
}

/// Says so where more was asked for than there is.
pub fn warn(arrangement: &Arrangement) {
    let (workers, threads) = (arrangement.workers, arrangement.threads_each());
    let cores = machine().cores;
    if workers * threads > cores {
        print::note(format_args!(
            "{workers} workers x {threads} threads are more than the {cores} cores of this machine"
        ));
    }
}

fn machine() -> Machine {
    let mut system = System::new();
    system.refresh_memory();
    let limit = system.cgroup_limits().map(|limits| limits.free_memory);
    let memory = system.available_memory();
    Machine {
        cores: std::thread::available_parallelism().map_or(1, NonZero::get),
        memory: Some(limit.map_or(memory, |limit| limit.min(memory))).filter(|memory| *memory > 0),
    }
}
