use serde_json::json;
use std::collections::HashMap;
use study::Planned;
use training::{Job, Recipe, job_operations, step_operations};

/// Counted operations a second of a small body's job, beside another on a server of two cores: 10.7 TFlop of ListOps at `tiny` in 148 to
/// 168 s (docs/reproduction.md). Only used until a job has been timed, or what the machine does was measured.
pub const ASSUMED_RATE: f64 = 65e9;

/// Seconds of a job beside what it computes: a process, data that is opened. Only used as long.
const START: f64 = 0.7;

/// Fewer finished jobs say nothing of how far forecasts are off.
const FEWEST: usize = 5;

/// Expected times of jobs: from finished ones where there are any, else from counted operations.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// Of each finished job what it does, and the seconds that it took.
    finished: Vec<(Work, f64)>,
    alike: HashMap<Work, Done>,
    all: Done,
    /// Operations a second of a job, where they were measured.
    measured: Option<f64>,
}

impl Forecast {
    /// From finished jobs and the seconds that each took. Trials that may have been given up tell nothing.
    pub fn new(finished: Vec<(Job, f64)>) -> Self {
        let mut forecast = Self::default();
        let is_whole = |(job, _): &(Job, f64)| job.recipe.give_up.is_none();
        for (job, seconds) in finished.into_iter().filter(is_whole) {
            let work = Work::of(&job);
            let alike = forecast.alike.entry(work.clone()).or_default();
            // Of all that do the same work as many.
            let operations = match alike.jobs {
                0 => job_operations(&job),
                jobs => alike.operations / f64::from(jobs),
            };
            let one = Done {
                jobs: 1,
                seconds,
                operations,
            };
            *alike = alike.and(one);
            forecast.all = forecast.all.and(one);
            forecast.finished.push((work, seconds));
        }
        forecast
    }

    /// Without a finished job: by what a job does a second on this machine, beside as many as there will be.
    #[must_use]
    pub fn at(self, rate: f64) -> Self {
        Self {
            measured: Some(rate),
            ..self
        }
    }

    /// Operations a second of a job that the forecast goes by where no job has finished.
    pub fn rate(&self) -> f64 {
        self.measured.unwrap_or(ASSUMED_RATE)
    }

    /// Whether that was measured.
    pub fn is_measured(&self) -> bool {
        self.measured.is_some()
    }

    /// Finished jobs that back the forecast.
    pub fn backed_by(&self) -> usize {
        self.finished.len()
    }

    /// Seconds that a job will take.
    pub fn seconds(&self, job: &Job) -> f64 {
        let alike = self.alike.get(&Work::of(job)).copied();
        self.after(alike.unwrap_or_default(), self.all, || job_operations(job))
    }

    /// How far most forecasts are off: for each finished job, one from the others is held against what it took; four in five are
    /// off by no more than this share. `None` where too few have finished to say.
    pub fn error(&self) -> Option<f64> {
        if self.finished.len() < FEWEST {
            return None;
        }
        let timed = self.finished.iter().filter(|(_, took)| *took > 0.0);
        let off = timed.filter_map(|(work, took)| {
            let alike = *self.alike.get(work)?;
            let one = Done {
                jobs: 1,
                seconds: *took,
                operations: alike.operations / f64::from(alike.jobs),
            };
            let forecast = self.after(alike.without(one), self.all.without(one), || one.operations);
            Some((forecast / took - 1.0).abs())
        });
        let mut off: Vec<f64> = off.collect();
        off.sort_by(f64::total_cmp);
        off.get(off.len() * 4 / 5).copied()
    }

    /// Seconds until all `jobs` are done by `workers`, started in order.
    pub fn wall(&self, jobs: &[Planned], workers: usize) -> f64 {
        let mut free = vec![0.0_f64; workers.max(1)];
        for planned in jobs {
            if let Some(next) = free.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                *next += self.seconds(&planned.job);
            }
        }
        free.into_iter().fold(0.0, f64::max)
    }

    /// Seconds of a job of so many operations after these: as long as those that do the same work, else by the rate of all, or of none.
    fn after(&self, alike: Done, all: Done, operations: impl FnOnce() -> f64) -> f64 {
        match alike.jobs {
            0 if all.seconds > 0.0 && all.operations > 0.0 => {
                operations() * all.seconds / all.operations
            }
            0 => START + operations() / self.rate(),
            jobs => alike.seconds / f64::from(jobs),
        }
    }
}

/// What a job does: all of its settings but seed, starting weights and learning rate, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Work(String);

impl Work {
    fn of(job: &Job) -> Self {
        let recipe = Recipe {
            learning_rate: 0.0,
            give_up: None,
            ..job.recipe.clone()
        };
        let work = json!([job.policy, job.task, job.body, recipe]);
        Self(work.to_string())
    }
}

/// Finished jobs, added up.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    jobs: u32,
    seconds: f64,
    operations: f64,
}

impl Done {
    fn and(self, other: Self) -> Self {
        Self {
            jobs: self.jobs + other.jobs,
            seconds: self.seconds + other.seconds,
            operations: self.operations + other.operations,
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            jobs: self.jobs - other.jobs,
            seconds: self.seconds - other.seconds,
            operations: self.operations - other.operations,
        }
    }
}

/// Threads that a job has work for: below this a thread is not worth waking.
pub(crate) fn useful_threads(job: &Job) -> usize {
    const WORTH: f64 = 0.3e9;
    (step_operations(job) / WORTH).ceil().max(1.0) as usize
}
