use crate::board::Board;
use crate::event::{Event, Passed, Threads};
use crate::executor::{Ending, Executor, Stop};
use crate::limit::Limit;
use std::io;
use std::sync::mpsc::channel;
use std::thread::{self, Builder};
use study::Planned;

/// Keeps a number of workers busy with jobs, each started when what it needs is finished. Jobs
/// start in order, but a worker prefers those that start from the body it has just worked on.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    pub workers: usize,
    pub threads: Threads,
    /// Devices that the workers are spread over: so many workers stay where memory runs out.
    pub devices: usize,
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
    ///
    /// # Errors
    /// When the system has no thread for a single worker. With fewer threads than asked for, there are
    /// fewer workers.
    pub fn run(
        &self,
        jobs: &[Planned],
        executor: &dyn Executor,
        stop: &Stop,
        tell: impl FnMut(Event),
    ) -> io::Result<Summary> {
        self.run_within(jobs, executor, stop, None, tell)
    }

    /// The same within a limit of time.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_within(
        &self,
        jobs: &[Planned],
        executor: &dyn Executor,
        stop: &Stop,
        limit: Option<Limit>,
        mut tell: impl FnMut(Event),
    ) -> io::Result<Summary> {
        let workers = self.workers.clamp(1, jobs.len().max(1));
        let board = Board::new(jobs, workers, self.threads, self.devices, limit);
        let (sender, events) = channel();
        let mut summary = Summary::default();
        thread::scope(|scope| {
            let mut hired = Vec::new();
            for worker in 0..workers {
                let (board, events) = (&board, sender.clone());
                let work = move || board.work(worker, jobs, executor, stop, &events);
                let named = Builder::new().name(format!("worker {worker}"));
                match named.spawn_scoped(scope, work) {
                    Ok(thread) => hired.push(thread),
                    Err(error) if hired.is_empty() => return Err(error),
                    Err(error) => {
                        let absent = workers - hired.len();
                        board.go_on_with(hired.len(), absent, &error, &sender);
                        break;
                    }
                }
            }
            drop(sender);
            for event in events {
                summary.note(&event);
                tell(event);
            }
            for thread in hired {
                // A panic was told as the failure of the worker's job.
                let _ = thread.join();
            }
            Ok(summary)
        })
    }
}

impl Summary {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Started { .. }
            | Event::Progress { .. }
            | Event::Again { .. }
            | Event::Elsewhere { .. }
            | Event::Lost { .. }
            | Event::Fewer { .. } => {}
            Event::Ended { job, ending, .. } => match ending {
                Ending::Finished => self.finished.push(*job),
                Ending::Failed(reason) | Ending::OutOfMemory(reason) => {
                    self.failed.push((*job, reason.clone()))
                }
                Ending::Waiting(reason) => self.waiting.push((*job, reason.clone())),
                Ending::Stopped => self.stopped.push(*job),
                // The board puts it off instead, and tells no end of it.
                Ending::Elsewhere => {}
            },
            Event::Passed { job, because } => self.passed.push((*job, because.clone())),
        }
    }
}
