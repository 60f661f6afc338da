use crate::executor::{Ending, Progress};

/// How many threads a job gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// So many.
    Each(usize),
    /// Its share of the cores among the jobs that can run when it starts, as far as it has work
    /// for them.
    Shared { cores: usize },
}

/// What happens in a pool, told to the caller's thread in the order it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Started {
        worker: usize,
        job: usize,
    },
    Progress {
        worker: usize,
        job: usize,
        progress: Progress,
    },
    Ended {
        worker: usize,
        job: usize,
        ending: Ending,
    },
    /// Its device had no memory for it; it is run once more, when no more than so many jobs run.
    Again {
        worker: usize,
        job: usize,
        at_a_time: usize,
    },
    /// Another runner has it; it is looked at again until that one has ended it.
    Elsewhere {
        worker: usize,
        job: usize,
        is_first: bool,
    },
    /// The worker's device is gone, and the worker with it.
    Lost {
        worker: usize,
    },
    /// There are only so many workers: the system has no thread for another.
    Fewer {
        workers: usize,
        because: String,
    },
    /// Never started: what it needs failed or waits, or the pool was stopped.
    Passed {
        job: usize,
        because: Passed,
    },
}

/// Why a job was not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The job it needs, by index, did not finish.
    Needs(usize),
    Stopped,
    /// It would not have ended in time.
    TooLate,
    /// No worker is left: their devices are gone, or they have panicked.
    NoWorker,
}
