use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use study::Planned;

/// Where jobs run. The pool knows nothing else about jobs, so that scheduling is tested without
/// running any.
pub trait Executor: Sync {
    /// A worker of its own for each of the pool's, which count from zero.
    fn hire(&self, worker: usize) -> Box<dyn Worker + '_>;

    /// Whether no other runner has a job now. Only looks: it may be taken before it is run.
    fn is_free(&self, _planned: &Planned) -> bool {
        true
    }
}

/// Runs jobs one after the other; what it keeps from one for the next is its own business.
pub trait Worker {
    /// Blocks until the job has ended; tells of its progress meanwhile and obeys `stop`.
    fn execute(
        &mut self,
        planned: &Planned,
        threads: usize,
        stop: &Stop,
        progress: &mut dyn FnMut(Progress),
    ) -> Ending;

    /// Whether what it computes on is gone, so that every job would fail. Asked after one that did.
    fn is_lost(&self) -> bool {
        false
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub step: u64,
    pub steps: u64,
    /// A number: a run whose loss is none ends before it tells.
    pub loss: f64,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    Finished,
    /// An error, a panic or a kill: one line that says which.
    Failed(String),
    /// Its device had no memory for it: what was said.
    OutOfMemory(String),
    /// Its data is not to be had: what was tried.
    Waiting(String),
    /// Stopped on request; it goes on from its checkpoint next time.
    Stopped,
    /// Another runner has it.
    Elsewhere,
}

impl Ending {
    /// The same with its reason in one line, line breaks as ` | `.
    pub fn in_one_line(self) -> Self {
        match self {
            Self::Failed(reason) => Self::Failed(joined(&reason)),
            Self::OutOfMemory(reason) => Self::OutOfMemory(joined(&reason)),
            Self::Waiting(reason) => Self::Waiting(joined(&reason)),
            Self::Finished | Self::Stopped | Self::Elsewhere => self,
        }
    }
}

pub(crate) fn joined(reason: &str) -> String {
    let lines = reason.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" | ")
}

/// The user's wish to stop.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Asks to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Start nothing more; let running jobs end behind their step.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
