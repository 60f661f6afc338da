use crate::executor::{Ending, Executor, Progress, Stop, Worker};
use crate::memory::is_out_of_memory;
use crate::watchdog::{Watchdog, ended_for_memory};
use crate::wire::{Line, Order};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;
use study::Planned;
use training::{Job, same_body};

/// How often a running job looks for the user's wish to stop.
const LOOK: Duration = Duration::from_millis(100);

/// Runs jobs in processes, one job at a time in each: a panic, a NaN or an out-of-memory kill ends
/// one job, never the study. A process is told the next job only when the one before was finished
/// or waits for data and starts from the same body, which is then made once for both, on as many threads.
///
/// The child is told what to do by lines on its stdin, and ends when that pipe closes: so it never
/// outlives a runner that was killed.
pub struct Processes<F, G> {
    /// The binary that knows the command `worker`.
    pub program: PathBuf,
    /// Arguments after that.
    pub arguments: Vec<OsString>,
    /// Names of the devices that workers take in turn.
    pub devices: Vec<String>,
    /// Whether a device is still there.
    pub is_there: fn(&str) -> bool,
    /// Writes a job down and tells where its log is; an error is why it cannot be.
    pub prepare: F,
    /// Whether no other runner has a job.
    pub is_free: G,
    /// A process that says and computes nothing for so long is stuck: it is killed, and its job tried once more.
    pub patience: Duration,
}

impl<F, G> Executor for Processes<F, G>
where
    F: Fn(&Planned) -> Result<PathBuf, String> + Sync,
    G: Fn(&Planned) -> bool + Sync,
{
    fn is_free(&self, planned: &Planned) -> bool {
        (self.is_free)(planned)
    }

    fn hire(&self, worker: usize) -> Box<dyn Worker + '_> {
        Box::new(Hand {
            processes: self,
            device: &self.devices[worker % self.devices.len()],
            process: None,
        })
    }
}

struct Hand<'a, F, G> {
    processes: &'a Processes<F, G>,
    device: &'a str,
    /// What the last job ran in, if another can run there.
    process: Option<Process>,
}

impl<F: Fn(&Planned) -> Result<PathBuf, String> + Sync, G> Worker for Hand<'_, F, G> {
    fn execute(
        &mut self,
        planned: &Planned,
        threads: usize,
        stop: &Stop,
        progress: &mut dyn FnMut(Progress),
    ) -> Ending {
        let log = (self.processes.prepare)(planned);
        let log = log.and_then(|log| open(&log).map_err(|error| format!("its log: {error}")));
        let mut log = match log {
            Ok(log) => log,
            Err(reason) => return Ending::Failed(reason),
        };
        let mut stuck = 0;
        loop {
            let idle = self.idle(&planned.job, threads);
            let process = idle.map_or_else(
                || self.processes.spawn(&planned.job, threads, self.device),
                Ok,
            );
            let mut process = match process {
                Ok(process) => process,
                Err(error) => return Ending::Failed(format!("cannot start its process: {error}")),
            };
            let patience = self.processes.patience;
            let ending = match process.run(planned, &mut log, stop, patience, progress) {
                Heard::Ended(ending) => ending,
                Heard::Nothing => {
                    stuck += 1;
                    let minutes = patience.as_secs_f64() / 60.0;
                    let reason =
                        format!("it took no step and no processor time for {minutes:.0} min");
                    process.kill();
                    if stuck == 1 && !stop.requested() {
                        note(&mut log, &format!("{reason}: killed, and tried once more"));
                        continue;
                    }
                    note(&mut log, &format!("{reason}: killed"));
                    return match stuck {
                        1 => Ending::Stopped,
                        _ => Ending::Failed(format!("{reason}, twice: killed")),
                    };
                }
            };
            return self.keep(process, ending, &mut log);
        }
    }

    fn is_lost(&self) -> bool {
        !(self.processes.is_there)(self.device)
    }
}

impl<F, G> Hand<'_, F, G> {
    /// What is done with a process whose job has ended so.
    fn keep(&mut self, process: Process, ending: Ending, log: &mut File) -> Ending {
        match ending {
            Ending::Finished | Ending::Waiting(_) | Ending::Elsewhere => {
                self.process = Some(process);
            }
            // Who knows what a panic has left behind; and its message is on the way to the log.
            Ending::Failed(_) | Ending::OutOfMemory(_) | Ending::Stopped => process.end(log),
        }
        ending
    }

    /// The process of the job before, if it is there, has the body and the threads; else it is
    /// ended.
    fn idle(&mut self, job: &Job, threads: usize) -> Option<Process> {
        let mut process = self.process.take()?;
        let suits = process.threads == threads
            && same_body(&process.job, job)
            && matches!(process.child.try_wait(), Ok(None));
        suits.then_some(process)
    }
}

impl<F, G> Processes<F, G> {
    fn spawn(&self, job: &Job, threads: usize, device: &str) -> io::Result<Process> {
        let number = threads.to_string();
        let mut child = Command::new(&self.program)
            .args(["worker", "--threads", &number, "--device", device])
            .args(&self.arguments)
            .env("RAYON_NUM_THREADS", &number)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, said) = channel();
        let stdin = child.stdin.take();
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        // Ends with its stdin where nobody can listen to it.
        let process = Process {
            job: job.clone(),
            threads,
            child,
            stdin,
            said,
            hangs: false,
        };
        if let Some(output) = output {
            listen(output, sender.clone(), |line| {
                Line::parse(&line).map(Said::Line)
            })?;
        }
        if let Some(errors) = errors {
            listen(errors, sender, |line| Some(Said::Word(line)))?;
        }
        Ok(process)
    }
}

#[cfg(unix)]
fn is_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

#[cfg(not(unix))]
fn is_killed(_: ExitStatus) -> bool {
    false
}

fn open(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(log)
}

/// What is heard from a process.
enum Said {
    Line(Line),
    /// A panic's message, a library's last words: they belong into the job's log.
    Word(String),
}

fn listen(
    output: impl Read + Send + 'static,
    said: Sender<Said>,
    parse: impl Fn(String) -> Option<Said> + Send + 'static,
) -> io::Result<()> {
    let hear = move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if let Some(heard) = parse(line)
                && said.send(heard).is_err()
            {
                break;
            }
        }
    };
    Builder::new().name("listener".to_owned()).spawn(hear)?;
    Ok(())
}

/// What came of listening to a process.
enum Heard {
    Ended(Ending),
    /// It is stuck.
    Nothing,
}

struct Process {
    /// The job it was started for.
    job: Job,
    threads: usize,
    child: Child,
    stdin: Option<ChildStdin>,
    /// Ends when the process does.
    said: Receiver<Said>,
    /// It was killed and is still there: nobody waits for it.
    hangs: bool,
}

impl Process {
    fn run(
        &mut self,
        planned: &Planned,
        log: &mut File,
        stop: &Stop,
        patience: Duration,
        progress: &mut dyn FnMut(Progress),
    ) -> Heard {
        self.order(&Order::Run(planned.id.clone()));
        let mut watchdog = Watchdog::new(self.child.id(), patience);
        let ended_before = ended_for_memory();
        let (mut asked, mut short, mut last) = (false, None, None);
        loop {
            let said = self.said.recv_timeout(LOOK);
            match said {
                Err(RecvTimeoutError::Timeout) if watchdog.is_stuck() => return Heard::Nothing,
                Err(_) => {}
                Ok(_) => watchdog.hear(),
            }
            match said {
                Ok(Said::Line(Line::Progress(step))) => progress(step),
                Ok(Said::Line(Line::Ended(ending))) => return Heard::Ended(ending.in_one_line()),
                Ok(Said::Word(word)) => {
                    note(log, &word);
                    if is_out_of_memory(&word) {
                        short.get_or_insert(word);
                    } else if let Some(error) = word.strip_prefix("error: ") {
                        last = Some(error.to_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if stop.requested() && !asked {
                asked = true;
                self.order(&Order::Stop);
            }
        }
        Heard::Ended(match self.child.wait() {
            // Whoever stops a runner may stop its processes, too.
            Ok(_) if stop.requested() => Ending::Stopped,
            Ok(status) => {
                let ended = format!("its process ended: {status}");
                if is_killed(status) && ended_for_memory() > ended_before {
                    short.get_or_insert("the system kills so where memory runs out".to_owned());
                }
                let ending = match (short, last) {
                    (Some(word), _) => Ending::OutOfMemory(format!("{ended}: {word}")),
                    (None, Some(error)) => Ending::Failed(format!("{ended}: {error}")),
                    (None, None) => Ending::Failed(ended),
                };
                ending.in_one_line()
            }
            Err(error) => Ending::Failed(format!("lost its process: {error}")),
        })
    }

    /// Ends a process that hears nothing. One that hangs in the system itself may stay: it is not waited for.
    fn kill(mut self) {
        let _ = self.child.kill();
        let has_ended = (0..50).any(|_| {
            let is_there = matches!(self.child.try_wait(), Ok(None));
            if is_there {
                std::thread::sleep(LOOK);
            }
            !is_there
        });
        self.hangs = !has_ended;
    }

    /// A process that is gone cannot be told; it shows by saying no more.
    fn order(&mut self, order: &Order) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{}", order.to_line()).and_then(|()| stdin.flush());
        }
    }

    /// Ends the process and hears it out.
    fn end(mut self, log: &mut File) {
        drop(self.stdin.take());
        for said in &self.said {
            if let Said::Word(word) = said {
                note(log, &word);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        if !self.hangs {
            let _ = self.child.wait();
        }
    }
}

/// A full disk shows in the results, which have to be written; the log does without.
fn note(log: &mut File, word: &str) {
    let _ = writeln!(log, "{word}");
}
