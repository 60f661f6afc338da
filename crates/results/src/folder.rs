use crate::curve_file;
use crate::error::{ResultsError, if_there};
use crate::finished::Finished;
use crate::provenance::Provenance;
use crate::seen;
use crate::sums::{self, SUMS};
use files::{Hold, Holder, Sign, Unfit, Watch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use training::{CurvePoint, Job, Outcome};

/// The settings of a job.
const JOB: &str = "job.toml";

/// The points of its curve so far.
const CURVE: &str = "curve.parquet";

/// What a job found, written last.
const OUTCOME: &str = "outcome.json";

/// The table that they end with.
const LAST: &str = "body";

/// Lines of a log's end that provenance keeps: the last evaluation, the training examples, the tests.
const LOG_END: usize = 4;

/// Letters of such a line.
const LOG_LINE: usize = 300;

/// The folder of one job: settings, curve, outcome, log and checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFolder {
    path: PathBuf,
}

/// What a job that ended leaves, in the order it is written.
const LEFT: [&str; 3] = [CURVE, "provenance.json", OUTCOME];

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Never started.
    Absent,
    /// Started and not finished: running, killed, or finished with a file that has been damaged
    /// since. Running it again mends all three.
    Started,
    /// Settings, curve and outcome are there and readable.
    Finished,
    /// The last attempt ended with a message.
    Failed,
}

/// Held by the one process that runs a job; let go when dropped, and seen to be over once that process is gone.
#[derive(Debug)]
pub struct JobLock {
    hold: Hold,
}

impl JobLock {
    /// Whether others have given this process up, and may run the job.
    pub fn is_lost(&self) -> bool {
        self.hold.is_lost()
    }
}

impl JobFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder and writes `job.toml`; the failure of an earlier attempt is forgotten. What lies beside the settings of another
    /// job is that one's: it is set aside, so that it does not pass for this one's, and this one does not go on from there.
    ///
    /// # Errors
    /// [`ResultsError::Io`] or [`ResultsError::Encode`]; [`ResultsError::Unknown`] for a `job.toml` that
    /// a newer version wrote.
    pub fn create(&self, job: &Job) -> Result<(), ResultsError> {
        // A damaged one is written anew.
        let before = undamaged(self.job())?.ok().flatten();
        if before.is_some_and(|before| before.id() != job.id()) {
            self.refuse_link()?;
            let left = sums::left(&self.path).map_err(ResultsError::io("read", &self.path))?;
            let of_run = ["checkpoint", "seconds"].map(str::to_owned);
            self.set_aside(&[&left[..], &of_run].concat())?;
        }
        fs::create_dir_all(&self.path).map_err(ResultsError::io("create", &self.path))?;
        let path = self.file(JOB);
        let text = toml::to_string_pretty(job).map_err(|error| error.to_string());
        let text = text.map_err(ResultsError::encode(&path))?;
        files::write_changed(&path, text.as_bytes()).map_err(ResultsError::io("write", &path))?;
        remove(&self.file("failed.txt"))
    }

    /// What lies behind a link is another job's own.
    fn refuse_link(&self) -> Result<(), ResultsError> {
        match fs::read_link(&self.path) {
            Ok(to) => {
                let why = format!(
                    "it is a link to {}, the folder of another job: remove the link",
                    to.display()
                );
                Err(ResultsError::io("write into", &self.path)(
                    io::Error::other(why),
                ))
            }
            Err(_) => Ok(()),
        }
    }

    /// Says in a folder that is there where what the job reads lies now: it may have been moved. Of settings that cannot be read the job's
    /// own command says so.
    ///
    /// # Errors
    /// As [`JobFolder::create`].
    pub fn settle(&self, job: &Job) -> Result<(), ResultsError> {
        // Of a finished job they have mostly been read.
        let is_other = match self.finished() {
            Ok(Some(finished)) => finished.job != *job,
            _ => self
                .job()
                .is_ok_and(|found| found.is_some_and(|found| found != *job)),
        };
        match is_other {
            true => self.create(job),
            false => Ok(()),
        }
    }

    /// Forgets an outcome that is run for again, so that a curve half drawn never stands beside it. What
    /// is damaged is set aside, as `outcome.json.damaged`.
    ///
    /// # Errors
    /// [`ResultsError::Io`]; what a newer version left is an error, too, and stays.
    pub fn restart(&self) -> Result<(), ResultsError> {
        let damaged = [
            undamaged(self.curve())?.is_err(),
            undamaged(self.provenance())?.is_err(),
            undamaged(self.outcome())?.is_err(),
        ];
        for (name, _) in LEFT.iter().zip(damaged).filter(|(_, damaged)| *damaged) {
            let path = self.file(name);
            let aside = self.file(&format!("{name}.damaged"));
            fs::rename(&path, aside).map_err(ResultsError::io("set aside", &path))?;
        }
        remove(&self.file(OUTCOME))
    }

    /// The job's settings; `None` when it was never started.
    ///
    /// # Errors
    /// [`ResultsError::Damaged`], as with every reader below, [`ResultsError::Unknown`] or
    /// [`ResultsError::Newer`] where a newer version wrote it, or [`ResultsError::Io`].
    pub fn job(&self) -> Result<Option<Job>, ResultsError> {
        let path = self.file(JOB);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let job = files::from_toml(&bytes, LAST);
        job.map(Some).map_err(|unfit| self.unfit(&path, unfit))
    }

    /// How far the job has come. A damaged file counts as work to be done again.
    ///
    /// # Errors
    /// Where a file cannot be read, which does not mean that it is not there, or a newer version wrote it.
    pub fn state(&self) -> Result<JobState, ResultsError> {
        let finished = undamaged(self.finished())?;
        let is_there = |name| {
            let path = self.file(name);
            path.try_exists().map_err(ResultsError::io("read", &path))
        };
        Ok(match finished {
            Ok(Some(_)) => JobState::Finished,
            _ if !is_there(JOB)? => JobState::Absent,
            _ if is_there("failed.txt")? => JobState::Failed,
            _ => JobState::Started,
        })
    }

    /// What a finished job left behind; `None` unless all of it is there. Read once, as long as the files stay as they are.
    ///
    /// # Errors
    /// As [`JobFolder::job`]; damage comes after everything else.
    pub(crate) fn finished(&self) -> Result<Option<Arc<Finished>>, ResultsError> {
        seen::once(&self.path, || self.read_finished())
    }

    /// What is wrong with the files of a job, where that is why it does not count as finished.
    pub fn damage(&self) -> Option<ResultsError> {
        self.finished().err()
    }

    fn read_finished(&self) -> Result<Option<Finished>, ResultsError> {
        let (job, outcome) = (undamaged(self.job())?, undamaged(self.outcome())?);
        let (points, provenance) = (undamaged(self.curve())?, undamaged(self.provenance())?);
        let (Some(job), Some(outcome), Some(points)) = (job?, outcome?, points?) else {
            return Ok(None);
        };
        // A run that goes on writes its curve anew; one that has ended, no more.
        let curve = read(&self.file(CURVE))?.unwrap_or_default();
        self.refuse_altered(CURVE, &curve)?;
        let id = job.id();
        if self.path.file_name() != Some(OsStr::new(&id.0)) {
            let problem = format!("changed by hand: its settings make the job {id}");
            return Err(ResultsError::damaged(&self.file(JOB), problem));
        }
        Ok(Some(Finished {
            job,
            outcome,
            points,
            provenance: provenance.ok().flatten(),
        }))
    }

    /// Claims the job for this process; `None` while another process holds it. What killed
    /// writers left half-written is swept away.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn lock(&self) -> Result<Option<JobLock>, ResultsError> {
        fs::create_dir_all(&self.path).map_err(ResultsError::io("create", &self.path))?;
        let hold = Hold::try_take(&self.path).map_err(ResultsError::io("lock", &self.path))?;
        let Some(hold) = hold else {
            return Ok(None);
        };
        // Not the settings: a runner writes them without the lock, maybe now.
        let swept = files::sweep(&self.path, |name| name != JOB);
        swept.map_err(ResultsError::io("sweep", &self.path))?;
        for folder in [self.body_dir(), self.checkpoint_dir()] {
            let swept = files::sweep(&folder, |_| true);
            swept.map_err(ResultsError::io("sweep", &folder))?;
        }
        Ok(Some(JobLock { hold }))
    }

    /// As [`JobFolder::lock`], but waits for a holder on another machine until it is seen to write, or has been silent for long
    /// enough; `tell` hears of it once.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn lock_or_watch(
        &self,
        tell: impl FnOnce(&Holder),
    ) -> Result<Option<JobLock>, ResultsError> {
        let (mut watch, mut tell) = (Watch::default(), Some(tell));
        loop {
            if let Some(lock) = self.lock()? {
                return Ok(Some(lock));
            }
            match self.look(&mut watch)? {
                Sign::Alive => return Ok(None),
                Sign::Silent => drop(self.is_free(&mut watch)?),
                Sign::Free | Sign::Quiet => {}
            }
            if let Some(holder) = self.holder()?
                && let Some(tell) = tell.take()
            {
                tell(&holder);
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Who holds the job; only looks.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn holder(&self) -> Result<Option<Holder>, ResultsError> {
        Hold::holder(&self.path).map_err(ResultsError::io("look at", &self.path))
    }

    /// What is seen of whoever holds the job; writes nothing.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn look(&self, watch: &mut Watch) -> Result<Sign, ResultsError> {
        let sign = watch.look(&self.path);
        sign.map_err(ResultsError::io("look at", &self.path))
    }

    /// Whether nobody holds the job, or whoever did has been watched without a sign of life for long enough.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn is_free(&self, watch: &mut Watch) -> Result<bool, ResultsError> {
        let is_free = watch.is_free(&self.path);
        is_free.map_err(ResultsError::io("look at", &self.path))
    }

    /// Replaces the curve.
    ///
    /// # Errors
    /// [`ResultsError::Io`] or [`ResultsError::Encode`].
    pub fn write_curve(&self, points: &[CurvePoint]) -> Result<(), ResultsError> {
        curve_file::write_points(&self.file(CURVE), points)
    }

    /// The curve so far; `None` before the first point.
    ///
    /// # Errors
    /// As [`JobFolder::job`].
    pub fn curve(&self) -> Result<Option<Vec<CurvePoint>>, ResultsError> {
        if_there(curve_file::read_points(&self.file(CURVE)))
    }

    /// Ends the job. The outcome is written last: it is the sign that the job is finished.
    ///
    /// # Errors
    /// [`ResultsError::Io`] or [`ResultsError::Encode`].
    pub fn finish(&self, outcome: &Outcome, provenance: &Provenance) -> Result<(), ResultsError> {
        let path = self.file(OUTCOME);
        let text = json(&path, outcome)?;
        write_json(&self.file("provenance.json"), provenance)?;
        let sums = sums::of(&self.path, (OUTCOME, text.as_bytes()));
        let sums = sums.map_err(ResultsError::io("sum up", &self.path))?;
        write(&self.file(SUMS), sums.as_bytes())?;
        write(&path, text.as_bytes())?;
        remove(&self.file("failed.txt"))
    }

    /// Files of a finished job that are gone or are not what they were when it ended; `None` of a job of an earlier version, which noted
    /// no sums.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn altered(&self) -> Result<Option<Vec<String>>, ResultsError> {
        sums::altered(&self.path, OUTCOME)
    }

    /// Sets files aside, as `NAME.damaged`, and the outcome with them, so that the job is run again.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn set_aside(&self, names: &[String]) -> Result<(), ResultsError> {
        let names = names.iter().map(String::as_str).chain([OUTCOME]);
        for path in names.map(|name| self.file(name)) {
            let aside = PathBuf::from(format!("{}.damaged", path.display()));
            if path.is_dir() && aside.is_dir() {
                let gone = fs::remove_dir_all(&aside);
                gone.map_err(ResultsError::io("remove", &aside))?;
            }
            let set = fs::rename(&path, aside).map_err(ResultsError::io("set aside", &path));
            if_there(set)?;
        }
        Ok(())
    }

    /// What the job found; `None` before it is finished.
    ///
    /// # Errors
    /// As [`JobFolder::job`].
    pub fn outcome(&self) -> Result<Option<Outcome>, ResultsError> {
        let path = self.file(OUTCOME);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let outcome = files::from_json(&bytes);
        let outcome = outcome.map_err(|unfit| self.unfit(&path, unfit))?;
        self.refuse_altered(OUTCOME, &bytes)?;
        Ok(Some(outcome))
    }

    /// Refuses a file of a job that has ended, by the sum that it left of it.
    fn refuse_altered(&self, name: &str, bytes: &[u8]) -> Result<(), ResultsError> {
        match sums::noted(&self.path, name)? {
            Some(noted) if noted != sums::hex(bytes) => {
                let problem = format!(
                    "{SUMS} notes other bytes than these: it was changed after the job ended"
                );
                Err(ResultsError::damaged(&self.file(name), problem))
            }
            _ => Ok(()),
        }
    }

    /// Where and when the job ran; `None` before it is finished.
    ///
    /// # Errors
    /// As [`JobFolder::job`].
    pub fn provenance(&self) -> Result<Option<Provenance>, ResultsError> {
        self.read_json("provenance.json")
    }

    /// Notes why an attempt ended.
    ///
    /// # Errors
    /// [`ResultsError::Io`].
    pub fn fail(&self, message: &str) -> Result<(), ResultsError> {
        fs::create_dir_all(&self.path).map_err(ResultsError::io("create", &self.path))?;
        let text = format!("{}\n", message.trim_end());
        write(&self.file("failed.txt"), text.as_bytes())
    }

    /// Why the last attempt ended, if it failed.
    pub fn failure(&self) -> Option<String> {
        let bytes = files::read(&self.file("failed.txt")).ok()??;
        Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }

    /// The log of the job's process.
    pub fn log_path(&self) -> PathBuf {
        self.file("log")
    }

    /// The last lines of the log; `None` where there is none, or nobody can read it.
    pub fn log_end(&self) -> Option<String> {
        let log = files::read(&self.log_path()).ok()??;
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_END)..].iter();
        let end: Vec<String> = end
            .map(|line| line.chars().take(LOG_LINE).collect())
            .collect();
        (!end.is_empty()).then(|| end.join("\n"))
    }

    /// Where training keeps what it needs to go on after a kill.
    pub fn checkpoint_dir(&self) -> PathBuf {
        self.file("checkpoint")
    }

    /// Where a run leaves the parameters that trained, as they were tested.
    pub fn trained_path(&self) -> PathBuf {
        self.file("trained.bpk")
    }

    /// Where a pretraining leaves its body, in the hub's layout.
    pub fn body_dir(&self) -> PathBuf {
        self.file("body")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ResultsError> {
        let path = self.file(name);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let value = files::from_json(&bytes);
        value.map(Some).map_err(|unfit| self.unfit(&path, unfit))
    }

    fn unfit(&self, path: &Path, unfit: Unfit) -> ResultsError {
        match unfit {
            Unfit::Newer(problem) => ResultsError::Unknown {
                path: path.to_owned(),
                problem,
                job: self.path.clone(),
            },
            Unfit::Damaged(problem) => ResultsError::damaged(path, problem),
        }
    }
}

/// Damage apart, which running a job again mends, from what keeps it from being run again.
fn undamaged<T>(read: Result<T, ResultsError>) -> Result<Result<T, ResultsError>, ResultsError> {
    match read {
        Err(error) if !error.is_damage() => Err(error),
        read => Ok(read),
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, ResultsError> {
    files::read(path).map_err(ResultsError::io("read", path))
}

fn json<T: Serialize>(path: &Path, value: &T) -> Result<String, ResultsError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string());
    let text = text.map_err(ResultsError::encode(path))?;
    Ok(format!("{text}\n"))
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), ResultsError> {
    write(path, json(path, value)?.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    files::write(path, bytes).map_err(ResultsError::io("write", path))
}

fn remove(path: &Path) -> Result<(), ResultsError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(ResultsError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
