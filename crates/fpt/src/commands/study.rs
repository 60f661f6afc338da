use crate::attempt::is_done;
use crate::context::Context;
use crate::data;
use crate::device::{self, Facts, Kind, probe};
use crate::exit::{Exit, Failing, Problem};
use crate::interrupt::{self, STOP};
use crate::left_out::LeftOut;
use crate::live::Live;
use crate::{arrangement, forecast, print, reports};
use results::Store;
use runner::{Passed, Pool, Processes, Summary};
use std::path::PathBuf;
use study::{Plan, Planned};

/// Runs what is missing of a study and writes its table and figures.
pub fn run(context: &Context, name: &str) -> Result<Exit, Problem> {
    let plan = context.plan(name)?;
    let devices = context.device.all().iter().map(|name| probe(*name));
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    let store = context.open_store()?;
    let missing = plan.missing(|planned| is_done(&store.job(&planned.id), &planned.job));
    let mut left_out = None;
    let exit = if missing.is_empty() {
        print::note(format_args!(
            "nothing to do: all {} jobs are finished",
            plan.jobs.len()
        ));
        Exit::Done
    } else {
        let (exit, left) = train(context, &plan, &store, &missing, &devices)?;
        left_out = Some(left).filter(|left| !left.is_empty());
        exit
    };
    reports::write(context, &plan, &store)?;
    if let Some(left_out) = left_out {
        print::note(left_out);
    }
    Ok(exit)
}

fn train(
    context: &Context,
    plan: &Plan,
    store: &Store,
    missing: &[Planned],
    devices: &[Facts],
) -> Result<(Exit, LeftOut), Problem> {
    interrupt::listen(|line: &str| print::note(line))?;
    let forecast = forecast::of(store, plan, context.device.kind());
    let arrangement = arrangement::measured(context, missing, &forecast, devices);
    let (workers, threads) = (arrangement.workers, arrangement.threads_each());
    print::note(format_args!(
        "{} of {} jobs to run{}, about {}; workers x threads: {workers} x {threads}, because {}",
        missing.len(),
        plan.jobs.len(),
        on(context, devices),
        print::span(forecast.wall(missing, workers)),
        arrangement.why,
    ));
    arrangement::warn(&arrangement);
    let lacking = data::fetch_for(context, missing)?;
    data::fetch_checkpoints(missing);
    let executor = Processes {
        program: std::env::current_exe().failing("find this program")?,
        arguments: vec![
            "--data".into(),
            context.data.clone().into(),
            "--results".into(),
            context.results.clone().into(),
            "--profile".into(),
            context.options.profile.clone().into(),
        ],
        devices: context
            .device
            .all()
            .iter()
            .map(ToString::to_string)
            .collect(),
        is_there: device::is_there,
        prepare: |planned: &Planned| -> Result<PathBuf, String> {
            let folder = store.job(&planned.id);
            folder
                .create(&planned.job)
                .map_err(|error| error.to_string())?;
            Ok(folder.log_path())
        },
    };
    let pool = Pool {
        workers,
        threads: arrangement.threads,
        devices: devices.len(),
    };
    let mut live = Live::new(missing, workers, &forecast);
    let summary = pool.run(missing, &executor, &STOP, |event| live.tell(&event));
    live.finish();
    let left_out = LeftOut::of(lacking, missing, &summary);
    tell(context, store, missing, &summary, &left_out);
    let exit = match summary.complete() {
        true => Exit::Done,
        false => Exit::Failed,
    };
    Ok((exit, left_out))
}

/// Where, unless it is the CPU: each device by its name.
fn on(context: &Context, devices: &[Facts]) -> String {
    if context.device.kind() == Kind::Flex {
        return String::new();
    }
    let named = context.device.all().iter().zip(devices);
    let named = named.map(|(name, facts)| {
        let memory = facts
            .memory
            .map(|bytes| format!(", {}", print::size(bytes)));
        let card = facts.name.as_deref().unwrap_or("no name");
        format!("{name} ({card}{})", memory.unwrap_or_default())
    });
    format!(" on {}", named.collect::<Vec<_>>().join(" and "))
}

/// What did not work out, each with the way to look into it; what was left out is said at the end.
fn tell(context: &Context, store: &Store, jobs: &[Planned], summary: &Summary, left_out: &LeftOut) {
    let told = |job: &usize| !left_out.holds(*job);
    for (job, reason) in &summary.failed {
        let log = context.shown(&store.job(&jobs[*job].id).log_path());
        print::note(format_args!(
            "failed: {}: {reason}\n        log: {log}",
            jobs[*job].title
        ));
    }
    for (job, reason) in summary.waiting.iter().filter(|(job, _)| told(job)) {
        let reason = reason.replace(" | ", "\n         ");
        print::note(format_args!("waiting: {}: {reason}", jobs[*job].title));
    }
    for (job, because) in summary.passed.iter().filter(|(job, _)| told(job)) {
        if let Passed::Needs(other) = because {
            let needs = &jobs[*other].title;
            print::note(format_args!(
                "not started: {}: it needs {needs}",
                jobs[*job].title
            ));
        }
    }
    let not_started = summary
        .passed
        .iter()
        .filter(|(_, because)| *because == Passed::Stopped);
    let without = summary
        .passed
        .iter()
        .filter(|(_, because)| *because == Passed::NoDevice)
        .count();
    if without > 0 {
        print::note(format_args!(
            "no device is left for {without} jobs: `fpt bench --device ...` says what is wrong with one; \
             the same command goes on"
        ));
    }
    let open = summary.stopped.len() + not_started.count();
    if open > 0 {
        print::note(format_args!(
            "stopped with {open} jobs open; the same command goes on"
        ));
    }
}
