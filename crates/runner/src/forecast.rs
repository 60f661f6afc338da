use study::Planned;
use training::{Job, Recipe, forward_operations, step_operations};

/// Counted operations a second and thread of a small body on two cores of a server: `modality` at
/// `tiny` takes 42 minutes (docs/reproduction.md). Only used until a first job has been timed.
pub const ASSUMED_RATE: f64 = 95e9;

/// Expected times of jobs: from finished ones where there are any, else from counted operations.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    finished: Vec<(Job, f64)>,
}

impl Forecast {
    /// From finished jobs and the seconds that each took. Trials that may have been given up tell nothing.
    pub fn new(finished: Vec<(Job, f64)>) -> Self {
        let is_whole = |(job, _): &(Job, f64)| job.recipe.give_up.is_none();
        let finished = finished.into_iter().filter(is_whole);
        Self {
            finished: finished.collect(),
        }
    }

    /// Whether any finished job backs the forecast.
    pub fn is_measured(&self) -> bool {
        !self.finished.is_empty()
    }

    /// Seconds that a job will take.
    pub fn seconds(&self, job: &Job) -> f64 {
        let alike: Vec<f64> = self
            .finished
            .iter()
            .filter(|(done, _)| same_shape(done, job))
            .map(|(_, seconds)| *seconds)
            .collect();
        if !alike.is_empty() {
            return alike.iter().sum::<f64>() / alike.len() as f64;
        }
        let (seconds, work) = self
            .finished
            .iter()
            .fold((0.0, 0.0), |(seconds, work), done| {
                (seconds + done.1, work + operations(&done.0))
            });
        let rate = if seconds > 0.0 && work > 0.0 {
            work / seconds
        } else {
            ASSUMED_RATE
        };
        operations(job) / rate
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

/// Floating-point operations of a job's training and its curve, without its test.
fn operations(job: &Job) -> f64 {
    let recipe = &job.recipe;
    let points = recipe.steps as f64 / recipe.evaluate_every.max(1) as f64;
    let looked_at = points * recipe.curve_examples as f64;
    recipe.steps as f64 * step_operations(job) + looked_at * forward_operations(job)
}
