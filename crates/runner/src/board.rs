//! Which job a worker runs next, and on how many threads.

use crate::event::{Event, Passed, Threads};
use crate::executor::{Ending, Executor, Stop};
use crate::forecast::useful_threads;
use crate::limit::Limit;
use crate::situation::{PAUSE, Situation, State};
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use study::Planned;
use training::{JobId, same_body};

/// Jobs that a worker takes in a row because they share a body. After these it goes back to the
/// plan's order, in which half a run is every cell at fewer seeds.
const ROW: usize = 8;

/// What the workers share.
pub(crate) struct Board {
    situation: Mutex<Situation>,
    changed: Condvar,
    needs: Vec<Option<usize>>,
    /// Which jobs start from the same body: those with the same number.
    bodies: Vec<usize>,
    /// Threads that each job has work for.
    useful: Vec<usize>,
    threads: Threads,
}

/// The jobs that a worker has taken in a row from one body.
#[derive(Clone, Copy)]
struct Row {
    body: usize,
    length: usize,
}

/// The receiver outlives every worker; a lost event only costs a line on the screen.
fn tell(events: &Sender<Event>) -> impl Fn(Event) {
    |event| drop(events.send(event))
}

/// A worker's place on the board, which it leaves however its work ends: who waits for its job would
/// wait for ever.
struct Place<'a> {
    board: &'a Board,
    worker: usize,
    /// What it runs.
    job: Option<usize>,
    events: &'a Sender<Event>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let tell = tell(self.events);
        if let Some(job) = self.job {
            let ending = Ending::Failed("its worker panicked".to_owned());
            self.board.ended(self.worker, job, ending, &tell);
        }
        self.board.leave(&tell);
    }
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
    /// So many `workers`, of which `least` stay where memory runs out.
    pub(crate) fn new(
        jobs: &[Planned],
        workers: usize,
        threads: Threads,
        least: usize,
        limit: Option<Limit>,
    ) -> Self {
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
            situation: Mutex::new(Situation::new(jobs.len(), workers, least, limit)),
            changed: Condvar::new(),
            needs: needs.collect(),
            bodies: bodies(jobs),
            useful: jobs
                .iter()
                .map(|planned| useful_threads(&planned.job))
                .collect(),
            threads,
        }
    }

    fn situation(&self) -> MutexGuard<'_, Situation> {
        // A panic in another worker leaves it as good as it was.
        self.situation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        let tell = tell(events);
        // Declared first and so dropped last: first what the worker holds goes, then its place.
        let mut place = Place {
            board: self,
            worker,
            job: None,
            events,
        };
        let mut hand = executor.hire(worker);
        let mut row = None;
        while let Some((job, threads)) = self.next(worker, &mut row, stop, &tell) {
            place.job = Some(job);
            let started = Instant::now();
            let mut has_worked = false;
            let ending = match executor.is_free(&jobs[job]) {
                false => Ending::Elsewhere,
                true => {
                    tell(Event::Started { worker, job });
                    hand.execute(&jobs[job], threads, stop, &mut |progress| {
                        has_worked = true;
                        tell(Event::Progress {
                            worker,
                            job,
                            progress,
                        });
                    })
                }
            };
            let has_failed = matches!(ending, Ending::Failed(_));
            // What another runner had finished says nothing of how long it takes.
            if ending == Ending::Finished && has_worked {
                self.situation().learn(job, started.elapsed());
            }
            self.ended(worker, job, ending, &tell);
            place.job = None;
            if has_failed && hand.is_lost() {
                tell(Event::Lost { worker });
                break;
            }
        }
    }

    /// There are only so many workers and so many are absent, since there is no thread for them.
    pub(crate) fn go_on_with(
        &self,
        hired: usize,
        absent: usize,
        error: &io::Error,
        events: &Sender<Event>,
    ) {
        let tell = tell(events);
        tell(Event::Fewer {
            workers: hired,
            because: error.to_string(),
        });
        let mut situation = self.situation();
        situation.at_a_time = situation.at_a_time.min(hired);
        drop(situation);
        (0..absent).for_each(|_| self.leave(&tell));
    }

    /// Notes how a job has ended. One that its device had no memory for is open again, once, for half
    /// as many jobs at a time; one that another runner has is left to it for a while.
    fn ended(&self, worker: usize, job: usize, ending: Ending, tell: &impl Fn(Event)) {
        let mut situation = self.situation();
        let event = match ending {
            Ending::Elsewhere => {
                let is_first = situation.put_off(job, Instant::now());
                drop(situation);
                tell(Event::Elsewhere {
                    worker,
                    job,
                    is_first,
                });
                self.changed.notify_all();
                return;
            }
            Ending::OutOfMemory(said) => match situation.again(job) {
                Some(at_a_time) => Event::Again {
                    worker,
                    job,
                    at_a_time,
                },
                None => {
                    situation.states[job] = State::Without;
                    let ending = Ending::Failed(situation.too_large(&said));
                    Event::Ended {
                        worker,
                        job,
                        ending,
                    }
                }
            },
            ending => {
                situation.states[job] = match ending {
                    Ending::Finished => State::Finished,
                    _ => State::Without,
                };
                Event::Ended {
                    worker,
                    job,
                    ending,
                }
            }
        };
        tell(event);
        drop(situation);
        self.changed.notify_all();
    }

    /// A worker takes no more jobs. What the last one leaves open can no longer start.
    fn leave(&self, tell: &impl Fn(Event)) {
        let mut situation = self.situation();
        situation.workers -= 1;
        if situation.workers > 0 {
            drop(situation);
            self.changed.notify_all();
            return;
        }
        for (job, state) in situation.states.iter_mut().enumerate() {
            if state.is_ahead() {
                *state = State::Without;
                let because = Passed::NoWorker;
                tell(Event::Passed { job, because });
            }
        }
    }

    /// A job that can start with its threads, waiting for one if others still run; marks it as
    /// running. The first one of the worker's row, or else the first of all.
    fn next(
        &self,
        worker: usize,
        row: &mut Option<Row>,
        stop: &Stop,
        tell: &impl Fn(Event),
    ) -> Option<(usize, usize)> {
        let mut situation = self.situation();
        loop {
            self.pass(&mut situation, stop, tell);
            if worker >= situation.at_a_time {
                return None;
            }
            let states = &situation.states[..];
            let has_room = situation.has_room();
            let now = Instant::now();
            // What another runner has comes last.
            let is_due = |job: &usize| {
                matches!(states[*job], State::Elsewhere(look) if look <= now)
                    && (has_room || !situation.again[*job])
            };
            let is_ready = |job: &usize| {
                states[*job] == State::Open
                    && self.needs[*job].is_none_or(|need| states[need] == State::Finished)
                    && (has_room || !situation.again[*job])
            };
            let ready: Vec<usize> = (0..states.len()).filter(is_ready).collect();
            let body = row.filter(|row| row.length < ROW).map(|row| row.body);
            let mut in_row = ready.iter().filter(|job| Some(self.bodies[**job]) == body);
            let in_row = in_row.next().copied();
            let threads = self.share(&situation, ready.len());
            let first = ready.first().copied();
            let due = (0..states.len()).find(is_due);
            if let Some(job) = in_row.or(first).or(due)
                && threads > 0
            {
                let threads = match self.threads {
                    Threads::Each(_) => threads,
                    Threads::Shared { .. } => threads.min(self.useful[job]),
                };
                let beside = situation.workers;
                situation.states[job] = State::Running { threads, beside };
                *row = Some(Row {
                    body: self.bodies[job],
                    length: match (in_row, *row) {
                        (Some(_), Some(row)) => row.length + 1,
                        _ => 1,
                    },
                });
                return Some((job, threads));
            }
            if !situation.states.iter().any(|state| state.is_ahead()) {
                return None;
            }
            situation = match situation.next_look() {
                None => self.changed.wait(situation),
                Some(look) => {
                    // Where no thread is free until one ends, that one wakes this worker.
                    let pause = look.saturating_duration_since(now).max(PAUSE);
                    let waited = self.changed.wait_timeout(situation, pause);
                    waited
                        .map(|(situation, _)| situation)
                        .map_err(|poison| PoisonError::new(poison.into_inner().0))
                }
            }
            .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Threads for the next job when so many are ready; 0 while those that run have them all.
    fn share(&self, situation: &Situation, ready: usize) -> usize {
        let cores = match self.threads {
            Threads::Each(threads) => return threads,
            // More workers than cores are what was asked for.
            Threads::Shared { cores } => cores.max(situation.at_a_time),
        };
        let running = situation.states.iter().filter_map(|state| match state {
            State::Running { threads, .. } => Some(*threads),
            _ => None,
        });
        let (jobs, taken) = running.fold((0, 0), |(jobs, taken), n| (jobs + 1, taken + n));
        let free = cores.saturating_sub(taken);
        let starting = situation.at_a_time.saturating_sub(jobs).min(ready).max(1);
        (free / starting).max(free.min(1))
    }

    /// Gives up jobs that can no longer start.
    fn pass(&self, situation: &mut Situation, stop: &Stop, tell: &impl Fn(Event)) {
        let (mut changed, mut any) = (true, false);
        let late = situation.late(Instant::now());
        let states = &mut situation.states;
        while changed {
            changed = false;
            for job in 0..states.len() {
                if !states[job].is_ahead() {
                    continue;
                }
                // Once the user wants to stop, that is why: what a job needs may only be paused.
                let lost = self.needs[job].filter(|need| states[*need] == State::Without);
                let because = match lost {
                    _ if stop.requested() => Passed::Stopped,
                    _ if late[job] => Passed::TooLate,
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
