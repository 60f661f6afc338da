use crate::executor::{Ending, Executor, Progress, Stop};
use crate::plan::Planned;
use crate::wire::Line;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Exit code of a job process whose data is not here.
pub const EXIT_WAITING: u8 = 3;
/// Exit code of a job process that stopped on request.
pub const EXIT_STOPPED: u8 = 4;

/// How often a running job looks for the user's wish to stop.
const LOOK: Duration = Duration::from_millis(100);

/// Runs each job as a process of its own: a panic, a NaN or an out-of-memory kill ends one job,
/// never the study.
///
/// The child is told to stop by a line on its stdin, and ends when that pipe closes: so it never
/// outlives a runner that was killed.
pub struct Processes<F> {
    /// The binary that knows the command `job FILE`.
    pub program: PathBuf,
    /// Arguments after `job FILE`.
    pub arguments: Vec<OsString>,
    /// Threads of each process.
    pub threads: usize,
    /// Writes a job down and tells where; an error is why it cannot be.
    pub files: F,
}

/// Where the files of a job lie.
#[derive(Clone, Debug)]
pub struct JobFiles {
    pub job: PathBuf,
    pub log: PathBuf,
}

impl<F: Fn(&Planned) -> Result<JobFiles, String> + Sync> Executor for Processes<F> {
    fn execute(
        &self,
        planned: &Planned,
        stop: &Stop,
        progress: &mut dyn FnMut(Progress),
    ) -> Ending {
        let files = match (self.files)(planned) {
            Ok(files) => files,
            Err(reason) => return Ending::Failed(reason),
        };
        match self.spawn(&files) {
            Ok(running) => running.attend(stop, progress),
            Err(error) => Ending::Failed(format!("cannot start its process: {error}")),
        }
    }
}

impl<F> Processes<F> {
    fn spawn(&self, files: &JobFiles) -> io::Result<Running> {
        let threads = self.threads.to_string();
        let mut child = Command::new(&self.program)
            .arg("job")
            .arg(&files.job)
            .args(["--threads", &threads, "--supervised"])
            .args(&self.arguments)
            .env("RAYON_NUM_THREADS", &threads)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log(&files.log)?)
            .spawn()?;
        let lines = child.stdout.take().map(lines);
        let stdin = child.stdin.take();
        let lines = lines.ok_or_else(|| io::Error::other("its output cannot be read"))?;
        Ok(Running {
            child,
            stdin,
            lines,
        })
    }
}

/// A panic's message and a library's last words belong into the job's log.
fn log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

fn lines(output: impl io::Read + Send + 'static) -> Receiver<Line> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(line) = Line::parse(&line)
                && sender.send(line).is_err()
            {
                break;
            }
        }
    });
    receiver
}

struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Line>,
}

impl Running {
    fn attend(mut self, stop: &Stop, progress: &mut dyn FnMut(Progress)) -> Ending {
        let (mut asked, mut reason) = (false, None);
        loop {
            match self.lines.recv_timeout(LOOK) {
                Ok(Line::Progress(step)) => progress(step),
                Ok(Line::Reason(text)) => reason = Some(text),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if stop.at_once() {
                // Already gone is as good.
                let _ = self.child.kill();
            } else if stop.requested() && !asked {
                asked = true;
                if let Some(stdin) = &mut self.stdin {
                    let _ = writeln!(stdin, "stop").and_then(|()| stdin.flush());
                }
            }
        }
        let status = match self.child.wait() {
            Ok(status) => status,
            Err(error) => return Ending::Failed(format!("lost its process: {error}")),
        };
        match status.code().map(u8::try_from) {
            Some(Ok(0)) => Ending::Finished,
            Some(Ok(EXIT_WAITING)) => {
                Ending::Waiting(reason.unwrap_or_else(|| "its data is not here".to_owned()))
            }
            Some(Ok(EXIT_STOPPED)) => Ending::Stopped,
            None if stop.at_once() => Ending::Stopped,
            _ => Ending::Failed(reason.unwrap_or_else(|| format!("its process ended: {status}"))),
        }
    }
}
