//! How the jobs of a pool stand.

use crate::limit::Limit;
use std::time::{Duration, Instant};

/// Between two looks at a job that another runner has: at first, and at most.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    Open,
    /// Another runner has it, and is looked at again then.
    Elsewhere(Instant),
    Running {
        threads: usize,
        /// Workers that were here when it started.
        beside: usize,
    },
    Finished,
    /// Ended without the result that others need.
    Without,
}

impl State {
    /// Whether a worker may still take it.
    pub fn is_ahead(self) -> bool {
        matches!(self, Self::Open | Self::Elsewhere(_))
    }
}

/// How things stand.
pub(crate) struct Situation {
    pub states: Vec<State>,
    /// Jobs whose device had no memory for them, and that are run once more.
    pub again: Vec<bool>,
    /// How long after the last look each job was left to another runner.
    pauses: Vec<Option<Duration>>,
    /// Jobs that may run at a time: workers from this number on leave.
    pub at_a_time: usize,
    /// Workers that are still here.
    pub workers: usize,
    /// Workers that stay where memory runs out.
    least: usize,
    limit: Option<Limit>,
}

impl Situation {
    /// Everything open to so many `workers`, of which `least` stay where memory runs out.
    pub fn new(jobs: usize, workers: usize, least: usize, limit: Option<Limit>) -> Self {
        Self {
            states: vec![State::Open; jobs],
            again: vec![false; jobs],
            pauses: vec![None; jobs],
            at_a_time: workers,
            workers,
            least: least.max(1),
            limit,
        }
    }

    /// Which jobs would not end in time if they started now.
    pub fn late(&self, now: Instant) -> Vec<bool> {
        let is_late = |job| {
            self.limit
                .as_ref()
                .is_some_and(|limit| !limit.admits(job, now))
        };
        (0..self.states.len()).map(is_late).collect()
    }

    /// A job has taken so long.
    pub fn learn(&mut self, job: usize, took: Duration) {
        if let Some(limit) = &mut self.limit {
            limit.learn(job, took);
        }
    }

    /// Whether nobody holds memory any more who has to leave.
    pub fn has_room(&self) -> bool {
        self.workers <= self.at_a_time
    }

    /// Opens a job again that its device had no memory for, and tells how many run at a time from now
    /// on; `None` where that was tried, or no worker can be spared.
    pub fn again(&mut self, job: usize) -> Option<usize> {
        let State::Running { beside, .. } = self.states[job] else {
            return None;
        };
        let at_a_time = match self.at_a_time < beside {
            // It shared its device with workers that are about to leave.
            true => self.at_a_time,
            false => (beside / 2).max(self.least),
        };
        if self.again[job] || at_a_time >= beside {
            return None;
        }
        self.again[job] = true;
        self.at_a_time = at_a_time;
        self.states[job] = State::Open;
        Some(at_a_time)
    }

    /// Leaves a job to the runner that has it, for a while; whether for the first time.
    pub fn put_off(&mut self, job: usize, now: Instant) -> bool {
        let before = self.pauses[job];
        let pause = before.map_or(PAUSE, |pause| (2 * pause).min(LONGEST_PAUSE));
        self.pauses[job] = Some(pause);
        self.states[job] = State::Elsewhere(now + pause);
        before.is_none()
    }

    /// When the next job that another runner has is looked at.
    pub fn next_look(&self) -> Option<Instant> {
        let looks = self.states.iter().filter_map(|state| match state {
            State::Elsewhere(look) => Some(*look),
            _ => None,
        });
        looks.min()
    }

    /// Why a job is given up that its device has no memory for.
    pub fn too_large(&self, said: &str) -> String {
        let fewer = match self.at_a_time {
            few if few <= self.least => String::new(),
            some => format!("with fewer than {some} jobs at a time (--workers), "),
        };
        format!("{said}; run it {fewer}with a smaller `batch-size` or on a device with more memory")
    }
}
