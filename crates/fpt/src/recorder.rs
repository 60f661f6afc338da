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
    tell: Tell,
    /// Seconds of attempts that were interrupted.
    earlier: f64,
}

impl<'a> Recorder<'a> {
    pub fn new(folder: &'a JobFolder, lock: &'a JobLock, tell: Tell) -> io::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.log_path())?;
        let earlier = files::read(&seconds(folder))?.unwrap_or_default();
        let earlier = String::from_utf8_lossy(&earlier).trim().parse();
        Ok(Self {
            folder,
            lock,
            log,
            said: None,
            tell,
            started: Instant::now(),
            // A damaged one only makes the time too short.
            earlier: earlier.unwrap_or(0.0),
        })
    }

    /// Time at work, interruptions not counted.
    pub fn wall_seconds(&self) -> f64 {
        self.earlier + self.started.elapsed().as_secs_f64()
    }

    /// Keeps the time of a run that is to go on.
    ///
    /// # Errors
    /// When it cannot be written: the time comes out too short.
    pub fn paused(&self) -> io::Result<()> {
        let text = format!("{:.3}\n", self.wall_seconds());
        files::write(&seconds(self.folder), text.as_bytes())
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
