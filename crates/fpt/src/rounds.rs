//! How a study runs: in rounds, since what one finds decides what the next one asks for.

use crate::ahead::Ahead;
use crate::budget::Budget;
use crate::contents;
use crate::context::Context;
use crate::data;
use crate::device::{self, Facts, Kind};
use crate::done::Done;
use crate::exit::{Exit, Failing, Problem};
use crate::interrupt::{self, STOP};
use crate::left_out::{LeftOut, Missing};
use crate::live::Live;
use crate::replicates::Reach;
use crate::{arrangement, forecast, planning, print, reports};
use files::Watch;
use results::{JobState, ResultsError, Store};
use runner::{Event, Executor, Passed, Pool, Processes, Summary};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use study::{Plan, Planned};
use tasks::DataDir;
use training::JobId;

/// A study that runs, round by round.
pub struct Rounds<'a> {
    pub context: &'a Context,
    pub name: &'a str,
    pub store: &'a Store,
    pub devices: &'a [Facts],
    pub budget: Option<Budget>,
    /// Jobs that are not tried again by this command.
    pub given_up: BTreeSet<JobId>,
    /// How often jobs have ended as finished under this command.
    pub finished: BTreeMap<JobId, usize>,
    /// The plan of the last round that trained something.
    pub trained: Option<Plan>,
    pub left_out: Vec<LeftOut>,
    pub exit: Exit,
}

impl Rounds<'_> {
    /// Until nothing is left that could run; the plan and what of it is done in the end.
    pub fn run(&mut self, plan: Plan, reach: Reach) -> Result<(Plan, Done), Problem> {
        let (mut plan, mut reach) = (plan, reach);
        let mut is_first = true;
        loop {
            let (read, done, lacking) =
                with_what_it_reads(self.context, self.name, plan, self.store, reach)?;
            plan = read;
            self.give_up_reopened(&plan, &done);
            let missing = self.open(&plan, &done);
            if missing.is_empty() && reach == Reach::UntilDecided && is_stuck(&plan, &done) {
                reach = Reach::WhateverIsOpen;
                plan = planning::plan_to(self.context, self.name, reach)?;
                continue;
            }
            if missing.is_empty() {
                if is_first && self.exit == Exit::Done {
                    nothing_to_do(&plan, &done);
                }
                return Ok((plan, done));
            }
            let goes_on = self.train(&plan, &missing, &done, lacking, is_first)?;
            if !goes_on {
                let done = Done::of(&plan, self.store)?;
                return Ok((plan, done));
            }
            is_first = false;
            plan = planning::plan_to(self.context, self.name, reach)?;
        }
    }

    /// The jobs that have to run, and can.
    fn open(&self, plan: &Plan, done: &Done) -> Vec<Planned> {
        let is_over = |planned: &Planned| done.has(planned) || self.given_up.contains(&planned.id);
        let mut missing = plan.missing(is_over);
        missing.retain(|planned| {
            let needed = planned.job.initialisation.depends_on();
            needed.is_none_or(|needed| !self.given_up.contains(needed))
        });
        missing
    }

    fn ended(&self, id: &JobId) -> usize {
        self.finished.get(id).copied().unwrap_or(0)
    }

    /// Does not try jobs a third time that have twice ended as finished and are open again: it would come to the same, without end.
    fn give_up_reopened(&mut self, plan: &Plan, done: &Done) {
        let mut open = self.open(plan, done);
        open.retain(|planned| self.ended(&planned.id) > 1);
        for planned in open {
            let folder = self.store.job(&planned.id);
            print::note(format_args!(
                "failed: {}: job {} has ended twice, and is open again: {} does not keep what is written there, or somebody takes it away; see \
                 whether it is a link, and who else writes there: the same command runs the job again",
                planned.title,
                planned.id,
                self.context.shown(folder.path())
            ));
            self.given_up.insert(planned.id);
            self.exit = Exit::Failed;
        }
    }

    /// One round; whether there may be another.
    fn train(
        &mut self,
        plan: &Plan,
        missing: &[Planned],
        done: &Done,
        lacking: Vec<Missing>,
        is_first: bool,
    ) -> Result<bool, Problem> {
        let (context, store) = (self.context, self.store);
        let ahead = Ahead::of(missing, plan, done);
        let forecast = forecast::of_jobs(context, store, &ahead.jobs);
        let arrangement = arrangement::measured(context, missing, &forecast, self.devices);
        let (workers, threads) = (arrangement.workers, arrangement.threads_each());
        let seconds = forecast.wall(&ahead.jobs, workers);
        let later = ahead.and_later();
        print::note(format_args!(
            "{} of {} to run{later}{}, about {}; workers x threads: {workers} x {threads}, because {}",
            missing.len(),
            print::many(plan.jobs.len(), "job"),
            on(context, self.devices),
            print::span(seconds),
            arrangement.why,
        ));
        arrangement::warn(&arrangement);
        // Before anything runs: whether the folder can be written.
        let first = store.job(&missing[0].id).lock();
        drop(first.failing("make a job's folder")?);
        print::lacks();
        let pool = Pool {
            workers,
            threads: arrangement.threads,
            devices: self.devices.len(),
        };
        let limit = self.budget.map(|budget| budget.limit(missing, &forecast));
        // Until here a signal ends the process as any other: nothing is lost.
        if is_first {
            interrupt::listen(|line: &str| print::note(line))?;
        }
        let mut live = Live::new(missing, workers, &forecast);
        let mut shown = Instant::now();
        let executor = executor(context, store)?;
        let summary = pool.run_within(missing, &executor, &STOP, limit, |event| {
            live.tell(&event);
            if let Some(budget) = self.budget {
                budget.watch();
            }
            let has_ended = matches!(event, Event::Ended { .. });
            if has_ended && shown.elapsed() > BETWEEN_TABLES {
                reports::refresh(context, self.name, plan, store);
                shown = Instant::now();
            }
        });
        live.finish();
        let summary = summary.failing("start a thread for a worker")?;
        self.trained = Some(plan.clone());
        for job in &summary.finished {
            *self.finished.entry(missing[*job].id.clone()).or_default() += 1;
        }
        let left_out = LeftOut::of(lacking, missing, &summary);
        tell(context, store, missing, &summary, &left_out);
        if !left_out.is_empty() {
            self.left_out.push(left_out);
        }
        let failed = summary.failed.iter().chain(&summary.waiting);
        let failed = failed.map(|(job, _)| *job);
        let passed = summary.passed.iter().map(|(job, _)| *job);
        let over = failed.chain(passed).map(|job| missing[job].id.clone());
        self.given_up.extend(over);
        if !summary.complete() {
            self.exit = Exit::Failed;
        }
        let is_late = |(_, because): &(usize, Passed)| *because == Passed::TooLate;
        let is_late = summary.passed.iter().any(is_late);
        Ok(!STOP.requested() && !is_late)
    }
}

/// Whether something is left that cannot run.
fn is_stuck(plan: &Plan, done: &Done) -> bool {
    !plan.later.is_empty() || !plan.missing(|planned| done.has(planned)).is_empty()
}

/// Between two tables that are written while a study runs.
const BETWEEN_TABLES: Duration = Duration::from_secs(60);

/// A worker that takes no step and no processor time for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(600);

fn nothing_to_do(plan: &Plan, done: &Done) {
    match done.newer() {
        0 if plan.jobs.is_empty() => print::note("nothing to do"),
        0 => print::note(format_args!(
            "nothing to do: all {} jobs are finished",
            plan.jobs.len()
        )),
        _ => print::note("nothing to do"),
    }
}

/// Jobs in processes of their own.
fn executor<'a>(context: &'a Context, store: &'a Store) -> Result<impl Executor + 'a, Problem> {
    let watch = Mutex::new(Watch::default());
    Ok(Processes {
        patience: PATIENCE,
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
        // Where that cannot be read, whoever runs it finds out.
        is_free: move |planned: &Planned| {
            let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
            store.job(&planned.id).is_free(&mut watch).unwrap_or(true)
        },
    })
}

/// The plan, what of it is done, and which data is not to be had, once what the rest reads is here: jobs
/// are named by its content.
pub fn with_what_it_reads(
    context: &Context,
    name: &str,
    plan: Plan,
    store: &Store,
    reach: Reach,
) -> Result<(Plan, Done, Vec<Missing>), Problem> {
    let done = Done::of(&plan, store)?;
    let missing = plan.missing(|planned| done.has(planned));
    if missing.is_empty() && reach == Reach::Stored {
        contents::tell_unread(&plan.sources, &DataDir::new(&context.data));
        contents::record(store, &plan)?;
        settle(&plan, store)?;
        planning::take_published(context, &plan, store)?;
        return Ok((plan, done, Vec::new()));
    }
    let lacking = data::fetch_for(context, &missing)?;
    let plan = planning::plan_to(context, name, reach)?;
    let study = &plan.question.name;
    if let Some(before) = contents::recorded(store, study)? {
        contents::tell(&before, &plan.contents, &plan.sources);
    }
    contents::record(store, &plan)?;
    settle(&plan, store)?;
    planning::take_published(context, &plan, store)?;
    let done = Done::of(&plan, store)?;
    Ok((plan, done, lacking))
}

/// Says in the folders of jobs that are there where what they read lies now: it may have been moved.
fn settle(plan: &Plan, store: &Store) -> Result<(), Problem> {
    let jobs = plan.jobs.iter();
    let placed: Vec<&Planned> = jobs.filter(|planned| planned.job.has_places()).collect();
    let has_failed = AtomicBool::new(false);
    let settled = threads::each(&placed, |planned| {
        if has_failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let folder = store.job(&planned.id);
        match folder.settle(&contents::anchored(&planned.job)) {
            // Whoever prepares the job says so, and the others run.
            Err(_) if !matches!(folder.state(), Ok(JobState::Finished)) => Ok(()),
            settled => settled.inspect_err(|_| has_failed.store(true, Ordering::Relaxed)),
        }
    });
    let settled = settled.into_iter().collect::<Result<(), ResultsError>>();
    settled.failing("note where a job's body and data are")
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
            "no worker is left for {}: `fpt bench --device ...` says what is wrong with a device; \
             the same command goes on",
            print::many(without, "job")
        ));
    }
    let late = summary.passed.iter();
    let late = late
        .filter(|(_, because)| *because == Passed::TooLate)
        .count();
    if late > 0 {
        print::note(format_args!(
            "{} would not have ended within the budget; the same command goes on",
            print::many(late, "job")
        ));
    }
    let open = summary.stopped.len() + not_started.count();
    if open > 0 {
        print::note(format_args!(
            "stopped with {} open; the same command goes on",
            print::many(open, "job")
        ));
    }
}
