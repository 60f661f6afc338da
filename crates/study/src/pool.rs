use crate::executor::{Ending, Executor, Progress, Stop};
use crate::plan::Planned;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use training::JobId;

/// Keeps a number of workers busy with jobs, each started when what it needs is finished.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    pub workers: usize,
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

#[derive(Clone, Debug, PartialEq)]
enum State {
    Open,
    Running,
    Finished,
    /// Ended without the result that others need.
    Without,
}

impl Pool {
    /// Runs `jobs` in order and returns when none is left to start. A job whose dependency is not
    /// in the list counts on it being finished already.
    pub fn run(
        &self,
        jobs: &[Planned],
        executor: &dyn Executor,
        stop: &Stop,
        mut tell: impl FnMut(Event),
    ) -> Summary {
        let index: BTreeMap<&JobId, usize> = jobs
            .iter()
            .enumerate()
            .map(|(index, planned)| (&planned.id, index))
            .collect();
        let needs: Vec<Option<usize>> = jobs
            .iter()
            .map(|planned| planned.job.initialisation.depends_on())
            .map(|needed| needed.and_then(|id| index.get(id).copied()))
            .collect();
        let board = Board {
            states: Mutex::new(vec![State::Open; jobs.len()]),
            changed: Condvar::new(),
            needs,
        };
        let (sender, events) = channel();
        let mut summary = Summary::default();
        thread::scope(|scope| {
            for worker in 0..self.workers.max(1).min(jobs.len().max(1)) {
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

/// What the workers share.
struct Board {
    states: Mutex<Vec<State>>,
    changed: Condvar,
    needs: Vec<Option<usize>>,
}

impl Board {
    fn states(&self) -> MutexGuard<'_, Vec<State>> {
        // A panic in another worker leaves the list as good as it was.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(
        &self,
        worker: usize,
        jobs: &[Planned],
        executor: &dyn Executor,
        stop: &Stop,
        events: &Sender<Event>,
    ) {
        // The receiver outlives every worker; a lost event only costs a line on the screen.
        let tell = |event| drop(events.send(event));
        while let Some(job) = self.next(stop, &tell) {
            tell(Event::Started { worker, job });
            let ending = executor.execute(&jobs[job], stop, &mut |progress| {
                tell(Event::Progress {
                    worker,
                    job,
                    progress,
                });
            });
            let after = match ending {
                Ending::Finished => State::Finished,
                _ => State::Without,
            };
            tell(Event::Ended {
                worker,
                job,
                ending,
            });
            self.states()[job] = after;
            self.changed.notify_all();
        }
    }

    /// The first job that can start, waiting for one if others still run; marks it as running.
    fn next(&self, stop: &Stop, tell: &impl Fn(Event)) -> Option<usize> {
        let mut states = self.states();
        loop {
            self.pass(&mut states, stop, tell);
            let ready = |job: &usize| {
                states[*job] == State::Open
                    && self.needs[*job].is_none_or(|need| states[need] == State::Finished)
            };
            if let Some(job) = (0..states.len()).find(ready) {
                states[job] = State::Running;
                return Some(job);
            }
            if !states.contains(&State::Open) {
                return None;
            }
            states = self
                .changed
                .wait(states)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives up jobs that can no longer start.
    fn pass(&self, states: &mut [State], stop: &Stop, tell: &impl Fn(Event)) {
        let mut changed = true;
        while changed {
            changed = false;
            for job in 0..states.len() {
                if states[job] != State::Open {
                    continue;
                }
                // Once the user wants to stop, that is why: what a job needs may only be paused.
                let lost = self.needs[job].filter(|need| states[*need] == State::Without);
                let because = match lost {
                    _ if stop.requested() => Passed::Stopped,
                    Some(need) => Passed::Needs(need),
                    None => continue,
                };
                states[job] = State::Without;
                changed = true;
                tell(Event::Passed { job, because });
            }
        }
        self.changed.notify_all();
    }
}
