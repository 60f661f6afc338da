use crate::array::Array;
use crate::ask::{Failure, Queue, Seen, TaskState};
use files::Process;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::Builder;

/// In an array's folder: who runs it.
const RUNNING: &str = "running.json";

/// Processes of this machine, in the background: `sh` and `xargs` run an array's tasks, so many at a time.
pub struct Local {
    /// Somewhere below are the folders of all arrays.
    folders: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Running {
    token: String,
    tasks: usize,
    /// Leads a group of processes of its own.
    process: Process,
}

impl Local {
    /// Of these folders of arrays.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// What was started and is not over, with where that stands.
    fn running(&self) -> impl Iterator<Item = (PathBuf, Running)> {
        let read = |folder: &PathBuf| {
            let path = folder.join(RUNNING);
            let note = files::read(&path).ok().flatten()?;
            Some((path, serde_json::from_slice::<Running>(&note).ok()?))
        };
        let notes = self.folders.iter().filter_map(read);
        notes.filter(|(_, running)| !running.process.is_gone())
    }
}

impl Queue for Local {
    fn name(&self) -> &'static str {
        "this machine"
    }

    /// Nothing of an array is written into a script.
    fn takes(&self, _: &OsStr) -> Result<(), String> {
        Ok(())
    }

    fn submit(&self, array: &Array) -> Result<String, Failure> {
        let log = array.folder.join("log");
        let log = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SCRIPT, "fpt"])
            .arg(array.tasks.saturating_sub(1).to_string())
            .arg(array.request.at_a_time.unwrap_or(1).to_string())
            .arg(array.after.join(" "))
            .arg(&array.program)
            .args(&array.arguments)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors);
        // What ends a terminal's processes does not end these.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell
            .spawn()
            .map_err(|error| format!("`sh` cannot be run: {error}"))?;
        let running = Running {
            token: array.token.clone(),
            tasks: array.tasks,
            process: Process::of(child.id()),
        };
        // It begins when that is noted: where this process ends before, it reads no word and ends, too.
        let begun = begin(&mut child, &running, &array.folder);
        if let Err(why) = begun {
            let _ = child.kill();
            let _ = child.wait();
            return Err(why.into());
        }
        let number = child.id().to_string();
        // Whoever waits for the group would wait for a leader that has ended and that nobody has asked about.
        let ask = move || child.wait();
        let asked = Builder::new().name("array".to_owned()).spawn(ask);
        asked.map_err(|error| error.to_string())?;
        Ok(number)
    }

    /// Of another machine's processes [`Queue::poll`] finds out.
    fn whose(&self) -> Option<String> {
        None
    }

    fn poll(&self) -> Result<Vec<Seen>, String> {
        let mut seen = Vec::new();
        for (path, running) in self.running() {
            if !running.process.is_here() {
                // Unless it has ended between the two looks.
                if running.process.is_gone() {
                    continue;
                }
                return Err(format!(
                    "process {} of another machine runs them, or did: ask there, or remove {} where it is gone for good",
                    running.process.id,
                    path.display()
                ));
            }
            seen.extend((0..running.tasks).map(|task| Seen {
                array: running.process.id.to_string(),
                token: running.token.clone(),
                task,
                state: TaskState::Waiting("in the background of this machine".to_owned()),
            }));
        }
        Ok(seen)
    }

    fn cancel(&self, arrays: &[String]) -> Result<(), String> {
        for (_, running) in self.running() {
            if running.process.is_here() && arrays.contains(&running.process.id.to_string()) {
                end_group(running.process.id)?;
            }
        }
        Ok(())
    }

    fn most_tasks(&self) -> Result<usize, String> {
        Ok(usize::MAX)
    }
}

/// Notes who runs an array, and lets it begin.
fn begin(child: &mut Child, running: &Running, folder: &Path) -> Result<(), String> {
    if !running.process.is_here() {
        return Err(
            "this system does not tell processes apart: start the study itself in the background"
                .to_owned(),
        );
    }
    let note = serde_json::to_vec(running).map_err(|error| error.to_string())?;
    let written = files::write(&folder.join(RUNNING), &note);
    written.map_err(|error| format!("who runs it: {error}"))?;
    let told = child.stdin.take().map(|mut stdin| writeln!(stdin, "go"));
    told.unwrap_or(Ok(()))
        .map_err(|error| format!("`sh` does not begin: {error}"))
}

/// `LAST AT_A_TIME "GROUP…" PROGRAM ARGUMENTS…`: waits for a word and for groups of processes, then runs the program once for each number
/// up to the last; a task that is killed takes none of the others with it.
const SCRIPT: &str = r#"read go || exit 1
last=$1 most=$2 after=$3; shift 3
for group in $after; do while kill -0 "-$group" 2> /dev/null; do sleep 1; done; done
seq 0 "$last" | xargs -n 1 -P "$most" sh -c '"$@" || :' fpt "$@""#;

#[cfg(unix)]
pub(crate) fn end_group(leader: u32) -> Result<(), String> {
    let leader = libc::pid_t::try_from(leader).map_err(|error| error.to_string())?;
    // SAFETY: a signal is sent to processes that this program started; nothing of this one is touched.
    match unsafe { libc::kill(-leader, libc::SIGTERM) } {
        0 => Ok(()),
        _ => match std::io::Error::last_os_error() {
            gone if gone.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            error => Err(error.to_string()),
        },
    }
}

#[cfg(not(unix))]
pub(crate) fn end_group(_: u32) -> Result<(), String> {
    Err("processes in the background are known on Unix only".to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::Request;
    use std::fs;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    fn array(folder: &Path, number: usize, command: &str, after: Vec<String>) -> Array {
        let folder = folder.join(format!("array {number}"));
        fs::create_dir_all(&folder).unwrap();
        Array {
            name: "q:1".to_owned(),
            token: format!("t{number}"),
            tasks: 3,
            after,
            program: "sh".into(),
            arguments: vec!["-c".into(), command.into(), "x".into()],
            folder,
            request: Request {
                at_a_time: Some(2),
                ..Request::default()
            },
        }
    }

    fn until(what: impl Fn() -> bool) {
        let started = Instant::now();
        while !what() {
            assert!(started.elapsed() < Duration::from_secs(60));
            sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn arrays_run_one_after_the_other_and_can_be_cancelled() {
        let root = tempfile::tempdir().unwrap();
        let here = root.path();
        let command = |rest: &str| format!("echo $1 >> '{}/said'; {rest}", here.display());
        let arrays = [
            // One that is killed, too.
            array(
                here,
                1,
                &command("sleep 0.3; [ $1 = 1 ] && kill -9 $$"),
                vec![],
            ),
            array(here, 2, &command("exec sleep 60"), vec![]),
        ];
        let local = Local::new(arrays.iter().map(|array| array.folder.clone()).collect());
        let first = local.submit(&arrays[0]).unwrap();
        let second = Array {
            after: vec![first],
            ..arrays[1].clone()
        };
        let second = local.submit(&second).unwrap();
        let tokens = || {
            let seen = local.poll().unwrap();
            let mut tokens: Vec<String> = seen.into_iter().map(|seen| seen.token).collect();
            tokens.dedup();
            tokens
        };
        assert_eq!(tokens(), ["t1", "t2"]);
        until(|| tokens() == ["t2"]);
        let said = || {
            fs::read_to_string(here.join("said"))
                .unwrap()
                .lines()
                .count()
        };
        until(|| said() == 5);
        local.cancel(&[second]).unwrap();
        until(|| tokens().is_empty());
        assert_eq!(said(), 5, "the third one was not begun");
    }
}
