use crate::context::Context;
use crate::exit::Problem;
use crate::queued::{Queued, Standing};
use crate::stage::{Stage, has_begun};
use crate::{contents, hint, print};
use results::{JobFolder, Store};
use runner::Forecast;
use std::cell::LazyCell;
use std::collections::BTreeSet;
use study::{Plan, Planned};
use tasks::DataDir;
use training::JobId;

/// What `fpt status` says of jobs, a line each; and what it says that from.
pub struct Lines<'a, F: FnOnce() -> Forecast> {
    pub context: &'a Context,
    pub study: &'a str,
    pub plan: &'a Plan,
    pub store: &'a Store,
    pub queued: &'a Queued,
    pub is_over: BTreeSet<&'a JobId>,
    /// Read only where something runs.
    pub forecast: LazyCell<Forecast, F>,
}

impl<F: FnOnce() -> Forecast> Lines<'_, F> {
    pub fn of(&self, planned: &Planned, stage: Stage, unread: Option<&Problem>) -> String {
        let more = self.more(planned, stage, unread);
        format!(
            "  {:10}  {}  {}{more}",
            stage.word(),
            planned.id,
            planned.title
        )
    }

    /// What is said behind a job's title.
    fn more(&self, planned: &Planned, stage: Stage, unread: Option<&Problem>) -> String {
        let folder = self.store.job(&planned.id);
        let so_far = || so_far(&folder, planned, stage, &self.forecast);
        match stage {
            Stage::Failed => self.failure(&folder),
            Stage::Running | Stage::Broken => so_far(),
            Stage::Queued | Stage::Lost => {
                let standing = self.queued.standing(&planned.id);
                let standing = standing.map(|standing| self.in_queue(standing));
                let begun = has_begun(&folder).then(so_far);
                standing.into_iter().chain(begun).collect()
            }
            Stage::Unknown if has_begun(&folder) => so_far(),
            Stage::Waiting => {
                let lacking =
                    contents::lacking(&planned.job.task, &DataDir::new(&self.context.data));
                lacking.map_or(String::new(), |what| format!(" for {what}"))
            }
            Stage::Open => self.behind(planned).unwrap_or_default(),
            _ => unread.map_or(String::new(), |problem| format!(": {problem}")),
        }
    }

    /// Why a job failed, with the end of its log.
    fn failure(&self, folder: &JobFolder) -> String {
        let reason = folder.failure().unwrap_or_default();
        let log = folder.log_end().unwrap_or_default();
        let lines = log.lines().map(|line| format!("\n              {line}"));
        format!(
            ": {reason}{}\n          log: {}",
            lines.collect::<String>(),
            self.context.shown(&folder.log_path())
        )
    }

    /// The job that another one waits for.
    fn behind(&self, planned: &Planned) -> Option<String> {
        let needed = planned.job.initialisation.depends_on();
        let needed = needed.filter(|needed| !self.is_over.contains(needed))?;
        let needed = self.plan.jobs.iter().find(|other| other.id == *needed)?;
        Some(format!(", waits for {}", needed.title))
    }

    /// What a queue says of a job.
    fn in_queue(&self, standing: Standing) -> String {
        match standing {
            Standing::Waiting { task, why } => format!(", as task {task}: {why}"),
            Standing::Running { task, on } => format!(", next in task {task}, which runs on {on}"),
            Standing::Gone { to, task, log } => format!(
                ": task {task} is in the queue no more, and has not ended it; {} sends it again; log: {}",
                hint::at(
                    &self.context.options.profile,
                    &["submit", self.study, to.option()]
                ),
                self.context.shown(&log)
            ),
            Standing::Unknown(why) => format!(": {why}"),
        }
    }
}

/// `, step 1,500 of 3,000, about 40 s left`, as far as a job that has begun is known to have come.
fn so_far(folder: &JobFolder, planned: &Planned, stage: Stage, forecast: &Forecast) -> String {
    let points = folder.curve().ok().flatten().unwrap_or_default();
    let steps = planned.job.recipe.steps;
    let evaluated = points.last().map_or(0, |point| point.step);
    // One that was stopped stored more than its last point.
    let stored = training::progress(&folder.checkpoint_dir()).map_or(0, |progress| progress.step);
    let step = evaluated.max(stored);
    let left = 1.0 - step as f64 / steps.max(1) as f64;
    let left = match stage {
        Stage::Running => {
            let holder = folder.holder().ok().flatten();
            let holder = holder.map(|holder| format!(", {holder}"));
            format!(
                ", about {} left{}",
                print::span(left * forecast.seconds(&planned.job)),
                holder.unwrap_or_default()
            )
        }
        _ => String::new(),
    };
    format!(
        ", step {} of {}{left}",
        print::count(step),
        print::count(steps)
    )
}
