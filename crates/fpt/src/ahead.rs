//! What a study still has to train, as far as it can be told.

use crate::done::Done;
use study::{Plan, Planned};

/// Jobs that have to run, and behind them what stands in for those that cannot be named before pilots have ended.
pub struct Ahead {
    pub jobs: Vec<Planned>,
    later: usize,
}

impl Ahead {
    /// Of a plan of which these jobs are missing.
    pub fn of(missing: &[Planned], plan: &Plan, done: &Done) -> Self {
        let later = plan.later.iter().filter(|planned| !done.has(planned));
        let jobs: Vec<Planned> = missing.iter().chain(later).cloned().collect();
        Self {
            later: jobs.len() - missing.len(),
            jobs,
        }
    }

    /// Behind a count of jobs that can be named: how many are not among them.
    pub fn and_later(&self) -> String {
        match self.later {
            0 => String::new(),
            later => format!(", and {later} once pilots have chosen their learning rates"),
        }
    }
}
