//! Which job a worker runs next, and on how many threads.

use crate::event::{Event, Passed, Threads};
use crate::executor::{Ending, Executor, Stop};
use crate::forecast::useful_threads;
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use study::Planned;
use training::{JobId, same_body};

/// Jobs that a worker takes in a row because they share a body. After these it goes back to the
/// plan's order, in which half a run is every cell at fewer seeds.
const ROW: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Running {
        threads: usize,
    },
    Finished,
    /// Ended without the result that others need.
    Without,
}

/// What the workers share.
pub(crate) struct Board {
    states: Mutex<Vec<State>>,
    changed: Condvar,
    needs: Vec<Option<usize>>,
    /// Which jobs start from the same body: those with the same number.
    bodies: Vec<usize>,
    /// Threads that each job has work for.
    useful: Vec<usize>,
    workers: usize,
    threads: Threads,
}

/// The jobs that a worker has taken in a row from one body.
#[derive(Clone, Copy)]
struct Row {
    body: usize,
    length: usize,
}

/// For each job the first that starts from the same body.
fn bodies(jobs: &[Planned]) -> Vec<usize> {
    let first = |(index, planned): (usize, &Planned)| {
        let mut before = jobs[..index].iter();
        let same = |other: &Planned| same_body(&other.job, &planned.job);
        before.position(same).unwrap_or(index)
    };
    jobs.iter().enumerate().map(first).collect()
}

impl Board {
    pub(crate) fn new(jobs: &[Planned], workers: usize, threads: Threads) -> Self {
        let index: BTreeMap<&JobId, usize> = jobs
            .iter()
            .enumerate()
            .map(|(index, planned)| (&planned.id, index))
            .collect();
        let needs = jobs.iter().map(|planned| {
            let needed = planned.job.initialisation.depends_on()?;
            index.get(needed).copied()
        });
        Self {
            states: Mutex::new(vec![State::Open; jobs.len()]),
            changed: Condvar::new(),
            needs: needs.collect(),
            bodies: bodies(jobs),
            useful: jobs
                .iter()
                .map(|planned| useful_threads(&planned.job))
                .collect(),
            workers,
            threads,
        }
    }

    fn states(&self) -> MutexGuard<'_, Vec<State>> {
        // A panic in another worker leaves the list as good as it was.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one worker does, until no job is left that it could start.
    pub(crate) fn work(
        &self,
        worker: usize,
        jobs: &[Planned],
        executor: &dyn Executor,
        stop: &Stop,
        events: &Sender<Event>,
    ) {
        // The receiver outlives every worker; a lost event only costs a line on the screen.
        let tell = |event| drop(events.send(event));
        let mut hand = executor.hire();
        let mut row = None;
        while let Some((job, threads)) = self.next(&mut row, stop, &tell) {
            tell(Event::Started { worker, job });
            let ending = hand.execute(&jobs[job], threads, stop, &mut |progress| {
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

    /// A job that can start with its threads, waiting for one if others still run; marks it as
    /// running. The first one of the worker's row, or else the first of all.
    fn next(
        &self,
        row: &mut Option<Row>,
        stop: &Stop,
        tell: &impl Fn(Event),
    ) -> Option<(usize, usize)> {
        let mut states = self.states();
        loop {
            self.pass(&mut states, stop, tell);
            let is_ready = |job: &usize| {
                states[*job] == State::Open
                    && self.needs[*job].is_none_or(|need| states[need] == State::Finished)
            };
            let ready: Vec<usize> = (0..states.len()).filter(is_ready).collect();
            let body = row.filter(|row| row.length < ROW).map(|row| row.body);
            let mut in_row = ready.iter().filter(|job| Some(self.bodies[**job]) == body);
            let in_row = in_row.next().copied();
            let threads = self.share(&states, ready.len());
            if let Some(job) = in_row.or_else(|| ready.first().copied())
                && threads > 0
            {
                let threads = match self.threads {
                    Threads::Each(_) => threads,
                    Threads::Shared { .. } => threads.min(self.useful[job]),
                };
                states[job] = State::Running { threads };
                *row = Some(Row {
                    body: self.bodies[job],
                    length: match (in_row, *row) {
                        (Some(_), Some(row)) => row.length + 1,
                        _ => 1,
                    },
                });
                return Some((job, threads));
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

    /// Threads for the next job when so many are ready; 0 while those that run have them all.
    fn share(&self, states: &[State], ready: usize) -> usize {
        let cores = match self.threads {
            Threads::Each(threads) => return threads,
            // More workers than cores are what was asked for.
            Threads::Shared { cores } => cores.max(self.workers),
        };
        let running = states.iter().filter_map(|state| match state {
            State::Running { threads } => Some(*threads),
            _ => None,
        });
        let (jobs, taken) = running.fold((0, 0), |(jobs, taken), n| (jobs + 1, taken + n));
        let free = cores.saturating_sub(taken);
        let starting = self.workers.saturating_sub(jobs).min(ready).max(1);
        (free / starting).max(free.min(1))
    }

    /// Gives up jobs that can no longer start.
    fn pass(&self, states: &mut [State], stop: &Stop, tell: &impl Fn(Event)) {
        let (mut changed, mut any) = (true, false);
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
                (changed, any) = (true, true);
                tell(Event::Passed { job, because });
            }
        }
        // Only then: those who wait look here each time they are woken, and would wake each other.
        if any {
            self.changed.notify_all();
        }
    }
}
