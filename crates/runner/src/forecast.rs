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
    finished: Vec<(Job, f64)>,
    /// Operations a second of a job, where they were measured.
    measured: Option<f64>,
}

impl Forecast {
    /// From finished jobs and the seconds that each took. Trials that may have been given up tell nothing.
    pub fn new(finished: Vec<(Job, f64)>) -> Self {
        let is_whole = |(job, _): &(Job, f64)| job.recipe.give_up.is_none();
        let finished = finished.into_iter().filter(is_whole);
        Self {
            finished: finished.collect(),
            measured: None,
        }
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
        seconds_after(self.finished.iter(), self.rate(), job)
    }

    /// How far most forecasts are off: for each finished job, one from the others is held against what it took; four in five are
    /// off by no more than this share. `None` where too few have finished to say.
    pub fn error(&self) -> Option<f64> {
        if self.finished.len() < FEWEST {
            return None;
        }
        let off = self
            .finished
            .iter()
            .enumerate()
            .filter_map(|(index, (job, took))| {
                let others = self.finished.iter().enumerate();
                let others = others
                    .filter(|(other, _)| *other != index)
                    .map(|(_, done)| done);
                (*took > 0.0).then(|| (seconds_after(others, self.rate(), job) / took - 1.0).abs())
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
}

/// Seconds that a job will take after these: as long as those that do the same work, else by the rate of all, or of none.
fn seconds_after<'a>(finished: impl Iterator<Item = &'a (Job, f64)>, rate: f64, job: &Job) -> f64 {
    let (mut alike, mut all, mut work) = ((0.0, 0), 0.0, 0.0);
    for (done, seconds) in finished {
        if same_shape(done, job) {
            alike = (alike.0 + seconds, alike.1 + 1);
        }
        all += seconds;
        work += job_operations(done);
    }
    match alike {
        (seconds, count @ 1..) => seconds / f64::from(count),
        _ if all > 0.0 && work > 0.0 => job_operations(job) * all / work,
        _ => START + job_operations(job) / rate,
    }
}

/// Whether two jobs do the same work: all but seed, starting weights and learning rate are the same.
fn same_shape(a: &Job, b: &Job) -> bool {
    let work = |recipe: &Recipe| Recipe {
        learning_rate: 0.0,
        give_up: None,
        ..recipe.clone()
    };
    let same_recipe = || work(&a.recipe) == work(&b.recipe);
    a.policy == b.policy && a.task == b.task && a.body == b.body && same_recipe()
}

/// Threads that a job has work for: below this a thread is not worth waking.
pub(crate) fn useful_threads(job: &Job) -> usize {
    const WORTH: f64 = 0.3e9;
    (step_operations(job) / WORTH).ceil().max(1.0) as usize
}
