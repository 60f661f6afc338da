use crate::interrupt::STOP;
use results::{JobFolder, JobLock};
use runner::{Line, Progress};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use training::{CurvePoint, Observer};

/// Between two progress lines.
const PAUSE: Duration = Duration::from_millis(250);

/// Who is told how a job goes: people, or the runner of its process.
pub type Tell = fn(&Line);

/// Writes down what a run has to say: the curve and the log into its folder, progress to whom it is told.
pub struct Recorder<'a> {
    folder: &'a JobFolder,
    lock: &'a JobLock,
    log: File,
    said: Option<Instant>,
    started: Instant,
    /// What the process had computed before.
    computed: Option<Duration>,
    tell: Tell,
    /// Of attempts that were interrupted.
    earlier: Spent,
}

/// What a job took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Seconds at work on the clock, interruptions not counted.
    pub wall: f64,
    /// Seconds that its threads computed, added up, where the system says.
    pub processor: Option<f64>,
}

impl Spent {
    /// As a file has it; a damaged one only makes times too short.
    fn read(text: &str) -> Self {
        let mut numbers = text.split_whitespace().map(str::parse);
        let mut next = || {
            let number = numbers.next().and_then(Result::ok);
            number.filter(|number: &f64| number.is_finite() && *number >= 0.0)
        };
        Self {
            wall: next().unwrap_or_default(),
            processor: next(),
        }
    }

    fn text(self) -> String {
        match self.processor {
            Some(processor) => format!("{:.3} {processor:.3}\n", self.wall),
            None => format!("{:.3}\n", self.wall),
        }
    }
}

impl<'a> Recorder<'a> {
    pub fn new(folder: &'a JobFolder, lock: &'a JobLock, tell: Tell) -> io::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.log_path())?;
        let earlier = files::read(&seconds(folder))?;
        Ok(Self {
            folder,
            lock,
            log,
            said: None,
            tell,
            started: Instant::now(),
            computed: files::processor_time(),
            earlier: match earlier {
                Some(earlier) => Spent::read(&String::from_utf8_lossy(&earlier)),
                None => Spent {
                    processor: Some(0.0),
                    ..Spent::default()
                },
            },
        })
    }

    /// So far, over all attempts.
    pub fn spent(&self) -> Spent {
        let computed = || Some((files::processor_time()? - self.computed?).as_secs_f64());
        Spent {
            wall: self.earlier.wall + self.started.elapsed().as_secs_f64(),
            processor: self.earlier.processor.zip(computed()).map(|(a, b)| a + b),
        }
    }

    /// Keeps the time of a run that is to go on.
    ///
    /// # Errors
    /// When it cannot be written: the time comes out too short.
    pub fn paused(&self) -> io::Result<()> {
        files::write(&seconds(self.folder), self.spent().text().as_bytes())
    }

    /// Tidies up after a finished run.
    pub fn finished(&self) {
        // Its time is in the provenance now.
        let _ = std::fs::remove_file(seconds(self.folder));
    }
}

impl Observer for Recorder<'_> {
    fn stepped(&mut self, step: u64, steps: u64, loss: f64) {
        if step < steps && self.said.is_some_and(|said| said.elapsed() < PAUSE) {
            return;
        }
        if self.said.is_none() {
            let seconds = self.started.elapsed().as_secs_f64();
            self.note(&format!("took its first step after {seconds:.2} s"));
        }
        self.said = Some(Instant::now());
        (self.tell)(&Line::Progress(Progress { step, steps, loss }));
    }

    fn evaluated(&mut self, curve: &[CurvePoint]) -> Result<(), String> {
        self.folder
            .write_curve(curve)
            .map_err(|error| error.to_string())?;
        let path = seconds(self.folder);
        self.paused()
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    fn note(&mut self, line: &str) {
        // A full disk shows in the curve, which has to be written; the log does without.
        let _ = writeln!(self.log, "{line}");
    }

    fn stop(&self) -> bool {
        STOP.requested() || self.lock.is_lost()
    }
}

/// Where the time of an unfinished run is kept.
fn seconds(folder: &JobFolder) -> PathBuf {
    folder.path().join("seconds")
}
