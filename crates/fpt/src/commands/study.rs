use crate::contents;
use crate::context::Context;
use crate::data;
use crate::device::{self, Facts, Kind, probe};
use crate::done::Done;
use crate::exit::{Exit, Failing, Problem};
use crate::interrupt::{self, STOP};
use crate::left_out::{LeftOut, Missing};
use crate::live::Live;
use crate::{arrangement, forecast, planning, print, reports, study_folder};
use results::Store;
use runner::{Passed, Pool, Processes, Summary};
use std::path::PathBuf;
use study::{Plan, Planned};
use tasks::DataDir;

/// Runs what is missing of a study and writes its table and figures.
pub fn run(context: &Context, name: &str) -> Result<Exit, Problem> {
    let plan = planning::plan(context, name)?;
    let devices = context.device.all().iter().map(|name| probe(*name));
    let devices = devices.collect::<Result<Vec<_>, _>>()?;
    let store = context.open_store()?;
    study_folder::claim(context, name, &plan, &store)?;
    // What cannot be read is said before hours of training.
    reports::check(&plan, &store)?;
    let (plan, done, lacking) = with_what_it_reads(context, name, plan, &store)?;
    let missing = plan.missing(|planned| done.has(planned));
    let mut left_out = None;
    let mut exit = if missing.is_empty() {
        match done.newer() {
            0 => print::note(format_args!(
                "nothing to do: all {} jobs are finished",
                plan.jobs.len()
            )),
            _ => print::note("nothing to do"),
        }
        Exit::Done
    } else {
        let (exit, left) = train(context, &plan, &store, &missing, &devices, lacking)?;
        left_out = Some(left).filter(|left| !left.is_empty());
        exit
    };
    if done.newer() > 0 {
        print::note(format_args!(
            "left alone: {} of {} jobs, of a newer version of this program",
            done.newer(),
            plan.jobs.len()
        ));
        exit = Exit::Failed;
    }
    if exit == Exit::Done && !still_there(context, &plan, &store)? {
        return Ok(Exit::Failed);
    }
    let report = reports::write(context, name, &plan, &store);
    if let Some(left_out) = left_out {
        print::note(left_out);
    }
    report?;
    Ok(exit)
}

/// Whether all that was finished still is: a table of what is left would look like a result.
fn still_there(context: &Context, plan: &Plan, store: &Store) -> Result<bool, Problem> {
    let done = Done::of(plan, store)?;
    let gone = plan.missing(|planned| done.has(planned));
    if gone.is_empty() {
        return Ok(true);
    }
    print::note(format_args!(
        "error: {} finished jobs are no longer in {}: it was changed while the study ran; the same command \
         runs them again",
        gone.len(),
        context.shown(store.folder())
    ));
    Ok(false)
}

/// The plan, what of it is done, and which data is not to be had, once what the rest reads is here: jobs
/// are named by its content.
fn with_what_it_reads(
    context: &Context,
    name: &str,
    plan: Plan,
    store: &Store,
) -> Result<(Plan, Done, Vec<Missing>), Problem> {
    let done = Done::of(&plan, store)?;
    let missing = plan.missing(|planned| done.has(planned));
    if missing.is_empty() {
        contents::tell_unread(&plan.sources, &DataDir::new(&context.data));
        contents::record(store, &plan)?;
        settle(&plan, store)?;
        return Ok((plan, done, Vec::new()));
    }
    let lacking = data::fetch_for(context, &missing)?;
    let plan = planning::plan(context, name)?;
    let study = &plan.question.name;
    if let Some(before) = contents::recorded(store, study)? {
        contents::tell(&before, &plan.contents);
    }
    contents::record(store, &plan)?;
    settle(&plan, store)?;
    let done = Done::of(&plan, store)?;
    Ok((plan, done, lacking))
}

/// Says in the folders of jobs that are there where what they read lies now: it may have been moved.
fn settle(plan: &Plan, store: &Store) -> Result<(), Problem> {
    for planned in &plan.jobs {
        let folder = store.job(&planned.id);
        let job = contents::anchored(&planned.job);
        // Of a job that cannot be read its own command says so.
        if folder
            .job()
            .is_ok_and(|found| found.is_some_and(|found| found != job))
        {
            folder
                .create(&job)
                .failing("note where a job's body and data are")?;
        }
    }
    Ok(())
}

fn train(
    context: &Context,
    plan: &Plan,
    store: &Store,
    missing: &[Planned],
    devices: &[Facts],
    lacking: Vec<Missing>,
) -> Result<(Exit, LeftOut), Problem> {
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
    // Before anything runs: whether the folder can be written, and whether its locks keep runs apart.
    let first = store.job(&missing[0].id).lock();
    drop(first.failing("make a job's folder")?);
    print::lacks();
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
                .create(&contents::anchored(&planned.job))
                .map_err(|error| error.to_string())?;
            Ok(folder.log_path())
        },
    };
    let pool = Pool {
        workers,
        threads: arrangement.threads,
        devices: devices.len(),
    };
    // Until here a signal ends the process as any other: nothing is lost.
    interrupt::listen(|line: &str| print::note(line))?;
    let mut live = Live::new(missing, workers, &forecast);
    let summary = pool.run(missing, &executor, &STOP, |event| live.tell(&event));
    live.finish();
    let summary = summary.failing("start a thread for a worker")?;
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
        .filter(|(_, because)| *because == Passed::NoWorker)
        .count();
    if without > 0 {
        print::note(format_args!(
            "no worker is left for {without} jobs: `fpt bench --device ...` says what is wrong with a device; \
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
