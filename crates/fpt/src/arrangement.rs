//! Workers and threads for the jobs of a study on this machine.

use crate::context::Context;
use crate::device::{Facts, Kind};
use crate::pace::WORTH_MEASURING;
use crate::{pace, print};
use runner::{Accelerators, Arrangement, Forecast, Machine, Needs, arrange, arrange_on};
use std::num::NonZero;
use study::Planned;
use sysinfo::System;
use training::Job;

/// Decides, and measures first where that may change what is decided. `devices` are those of the context.
pub fn measured(
    context: &Context,
    jobs: &[Planned],
    forecast: &Forecast,
    devices: &[Facts],
) -> Arrangement {
    let (machine, wish) = (machine(), context.wish);
    let needs = needs(jobs);
    let accelerators = accelerators(context, devices);
    let ruled = ruled(context, machine, &needs, accelerators);
    let is_long = forecast.wall(jobs, ruled.workers) > WORTH_MEASURING;
    let largest = jobs
        .iter()
        .max_by_key(|planned| runner::bytes(&planned.job));
    let Some(largest) = largest.filter(|_| is_long) else {
        return ruled;
    };
    match accelerators {
        None if ruled.is_open(wish, machine) => {
            let pace = pace::measure(&largest.job, machine.cores);
            arrange(wish, machine, needs.jobs, needs.bytes, pace)
        }
        None => ruled,
        Some(accelerators) => {
            let tries = accelerators.worth_trying(wish, machine, &needs);
            let paces = pace::on_device(&largest.job, context.device.all()[0], &tries);
            arrange_on(accelerators, wish, machine, &needs, &paces)
        }
    }
}

/// What is decided without a measurement and without a look at devices.
pub fn expected(context: &Context, jobs: &[Planned]) -> Arrangement {
    let accelerators = accelerators(context, &[]);
    ruled(context, machine(), &needs(jobs), accelerators)
}

fn ruled(
    context: &Context,
    machine: Machine,
    needs: &Needs,
    accelerators: Option<Accelerators>,
) -> Arrangement {
    match accelerators {
        None => arrange(context.wish, machine, needs.jobs, needs.bytes, None),
        Some(accelerators) => arrange_on(accelerators, context.wish, machine, needs, &[]),
    }
}

fn needs(jobs: &[Planned]) -> Needs {
    let most = |bytes: fn(&Job) -> u64| jobs.iter().map(|planned| bytes(&planned.job)).max();
    Needs {
        jobs: jobs.len(),
        bytes: most(runner::bytes).unwrap_or(0),
        device_bytes: most(runner::device_bytes).unwrap_or(0),
    }
}

/// The devices, where they are not the CPU.
fn accelerators(context: &Context, devices: &[Facts]) -> Option<Accelerators> {
    (context.device.kind() != Kind::Flex).then(|| Accelerators {
        count: context.device.all().len(),
        memory: devices.iter().filter_map(|facts| facts.memory).min(),
    })
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
