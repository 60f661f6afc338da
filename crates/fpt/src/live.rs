use crate::print;
use crate::ticking::tick;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use runner::{Ending, Event, Forecast, Passed};
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use study::Planned;

/// A line per worker and a total with its ETA; plain lines when nobody watches.
pub struct Live<'a> {
    jobs: &'a [Planned],
    /// Forecast seconds of each job.
    expected: Vec<f64>,
    /// Share of each job that is done, between 0 and 1.
    share: Vec<f64>,
    /// When each job was first heard of, and what of it was done then: one that goes on does not begin at 0.
    heard: Vec<Option<(Instant, f64)>>,
    ended: usize,
    started: Instant,
    workers: usize,
    screen: Option<Screen>,
}

struct Screen {
    lines: MultiProgress,
    workers: Vec<ProgressBar>,
    total: ProgressBar,
}

impl<'a> Live<'a> {
    pub fn new(jobs: &'a [Planned], workers: usize, forecast: &Forecast) -> Self {
        let workers = workers.min(jobs.len());
        Self {
            jobs,
            expected: jobs
                .iter()
                .map(|planned| forecast.seconds(&planned.job))
                .collect(),
            share: vec![0.0; jobs.len()],
            heard: vec![None; jobs.len()],
            ended: 0,
            started: Instant::now(),
            workers,
            screen: std::io::stderr()
                .is_terminal()
                .then(|| Screen::new(workers, jobs.len())),
        }
    }

    /// Shows an event.
    pub fn tell(&mut self, event: &Event) {
        match event {
            Event::Started { worker, job } => self.line(*worker, *job, "starting"),
            Event::Progress {
                worker,
                job,
                progress,
            } => {
                self.share[*job] = progress.step as f64 / progress.steps.max(1) as f64;
                let left = self.left_of(*job);
                let steps = format!(
                    "step {} of {}, loss {:.3}{left}",
                    print::count(progress.step),
                    print::count(progress.steps),
                    progress.loss
                );
                if self.screen.is_some() {
                    self.line(*worker, *job, &steps);
                }
            }
            Event::Ended {
                worker,
                job,
                ending,
            } => {
                if *ending != Ending::Stopped {
                    self.end(*job);
                }
                let word = match ending {
                    Ending::Finished => "finished".to_owned(),
                    Ending::Failed(reason) | Ending::OutOfMemory(reason) => {
                        format!("failed: {reason}")
                    }
                    Ending::Waiting(reason) => {
                        let first = reason.split(" | ").next().unwrap_or(reason);
                        format!("waits for data: {first}")
                    }
                    Ending::Stopped | Ending::Elsewhere => {
                        "stopped; goes on from this step next time".to_owned()
                    }
                };
                self.lasting(*job, &word);
                if let Some(screen) = &self.screen {
                    screen.workers[*worker].set_message("idle");
                }
            }
            Event::Again {
                worker,
                job,
                at_a_time,
            } => {
                self.share[*job] = 0.0;
                self.heard[*job] = None;
                let word =
                    format!("its device ran out of memory; again with {at_a_time} jobs at a time");
                self.lasting(*job, &word);
                if let Some(screen) = &self.screen {
                    screen.workers[*worker].set_message("idle");
                }
            }
            Event::Elsewhere {
                worker,
                job,
                is_first,
            } => {
                if *is_first {
                    self.lasting(*job, "runs in another runner; others are taken meanwhile");
                }
                if let Some(screen) = &self.screen {
                    screen.workers[*worker].set_message("idle");
                }
            }
            Event::Lost { worker } => {
                if let Some(screen) = &self.screen {
                    screen.workers[*worker].set_message("lost its device");
                }
            }
            Event::Fewer { workers, because } => {
                let word = format!(
                    "going on with {workers} workers, there is no thread for more: {because}"
                );
                match &self.screen {
                    Some(screen) => screen.lines.suspend(|| print::note(&word)),
                    None => print::note(&word),
                }
            }
            Event::Passed { job, because } => {
                if let Passed::Needs(other) = because {
                    self.end(*job);
                    let word = format!("not started: it needs {}", self.jobs[*other].title);
                    self.lasting(*job, &word);
                }
            }
        }
        if let Some(screen) = &self.screen {
            screen.total.set_position(self.ended as u64);
            screen.total.set_message(self.left());
        }
    }

    /// Takes the live lines away.
    pub fn finish(self) {
        if let Some(screen) = self.screen {
            for worker in &screen.workers {
                worker.finish_and_clear();
            }
            screen.total.finish_and_clear();
        }
    }

    fn end(&mut self, job: usize) {
        self.ended += 1;
        self.share[job] = 1.0;
    }

    fn line(&self, worker: usize, job: usize, what: &str) {
        match &self.screen {
            Some(screen) => {
                screen.workers[worker].set_message(format!("{}  {what}", self.jobs[job].title));
            }
            None => self.plain(job, what),
        }
    }

    /// A line that stays.
    fn lasting(&self, job: usize, what: &str) {
        match &self.screen {
            Some(screen) => screen.lines.suspend(|| self.plain(job, what)),
            None => self.plain(job, what),
        }
    }

    fn plain(&self, job: usize, what: &str) {
        let count = format!("[{}/{}]", self.ended, self.jobs.len());
        print::note(format_args!("{count} {} {what}", self.jobs[job].title));
    }

    /// `, about 3 min left` of a job, by its own pace, once it has one.
    fn left_of(&mut self, job: usize) -> String {
        let share = self.share[job];
        let (since, from) = *self.heard[job].get_or_insert((Instant::now(), share));
        let done = share - from;
        match done > 0.0 {
            true => {
                let left = since.elapsed().as_secs_f64() * (1.0 - share) / done;
                format!(", about {} left", print::span(left))
            }
            false => String::new(),
        }
    }

    /// The pace so far, applied to what is left. What was done before this call says nothing of it.
    fn left(&self) -> String {
        let before = |job: usize| self.heard[job].map_or(0.0, |(_, share)| share);
        let (mut left, mut done) = (0.0, 0.0);
        for (job, all) in self.expected.iter().enumerate() {
            left += all * (1.0 - self.share[job]);
            done += all * (self.share[job] - before(job)).max(0.0);
        }
        let elapsed = self.started.elapsed().as_secs_f64();
        let left = if done > 0.05 * (left + done) {
            elapsed * left / done
        } else {
            left / self.workers.max(1) as f64
        };
        format!("about {} left", print::span(left))
    }
}

impl Screen {
    fn new(workers: usize, jobs: usize) -> Self {
        let lines = MultiProgress::new();
        let style = |template: &str| {
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
        };
        let worker = |number: usize| {
            let bar = lines.add(ProgressBar::new_spinner());
            bar.set_style(style("{prefix:>3} {wide_msg}"));
            bar.set_prefix((number + 1).to_string());
            bar.set_message("idle");
            bar
        };
        let workers = (0..workers).map(worker).collect();
        let total = lines.add(ProgressBar::new(jobs as u64));
        total.set_style(style(
            "    {bar:30} {pos} of {len} jobs, {elapsed} so far, {msg}",
        ));
        tick(&total, Duration::from_secs(1));
        Self {
            lines,
            workers,
            total,
        }
    }
}
