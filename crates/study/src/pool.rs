use crate::board::Board;
use crate::executor::{Ending, Executor, Progress, Stop};
use crate::plan::Planned;
use std::sync::mpsc::channel;
use std::thread;

/// Keeps a number of workers busy with jobs, each started when what it needs is finished. Jobs
/// start in order, but a worker prefers those that start from the body it has just worked on.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    pub workers: usize,
    pub threads: Threads,
}

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
}

/// How each job of a run ended, by index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub finished: Vec<usize>,
    pub failed: Vec<(usize, String)>,
    pub waiting: Vec<(usize, String)>,
    pub passed: Vec<(usize, Passed)>,
    /// Stopped on request, to be resumed.
    pub stopped: Vec<usize>,
}

impl Summary {
    /// Whether every job was finished.
    pub fn complete(&self) -> bool {
        self.failed.is_empty()
            && self.waiting.is_empty()
            && self.passed.is_empty()
            && self.stopped.is_empty()
    }
}

impl Pool {
    /// Runs `jobs` and returns when none is left to start. A job whose dependency is not
    /// in the list counts on it being finished already.
    pub fn run(
        &self,
        jobs: &[Planned],
        executor: &dyn Executor,
        stop: &Stop,
        mut tell: impl FnMut(Event),
    ) -> Summary {
        let workers = self.workers.clamp(1, jobs.len().max(1));
        let board = Board::new(jobs, workers, self.threads);
        let (sender, events) = channel();
        let mut summary = Summary::default();
        thread::scope(|scope| {
            for worker in 0..workers {
                let (board, sender) = (&board, sender.clone());
                scope.spawn(move || board.work(worker, jobs, executor, stop, &sender));
            }
            drop(sender);
            for event in events {
                summary.note(&event);
                tell(event);
            }
        });
        summary
    }
}

impl Summary {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Started { .. } | Event::Progress { .. } => {}
            Event::Ended { job, ending, .. } => match ending {
                Ending::Finished => self.finished.push(*job),
                Ending::Failed(reason) => self.failed.push((*job, reason.clone())),
                Ending::Waiting(reason) => self.waiting.push((*job, reason.clone())),
                Ending::Stopped => self.stopped.push(*job),
            },
            Event::Passed { job, because } => self.passed.push((*job, because.clone())),
        }
    }
}
