use crate::array::Array;
use crate::ask::{Queue, Seen, TaskState};
use files::Process;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
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

    fn running(&self) -> impl Iterator<Item = Running> {
        let read = |folder: &PathBuf| files::read(&folder.join(RUNNING)).ok().flatten();
        let notes = self.folders.iter().filter_map(read);
        let notes = notes.filter_map(|bytes| serde_json::from_slice::<Running>(&bytes).ok());
        notes.filter(|running| running.process.is_here())
    }
}

impl Queue for Local {
    fn name(&self) -> &'static str {
        "this machine"
    }

    fn submit(&self, array: &Array) -> Result<String, String> {
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
            .stdin(Stdio::null())
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
        let note = serde_json::to_vec(&running).map_err(|error| error.to_string())?;
        let written = files::write(&array.folder.join(RUNNING), &note);
        written.map_err(|error| format!("who runs it: {error}"))?;
        let number = child.id().to_string();
        // Whoever waits for the group would wait for a leader that has ended and that nobody has asked about.
        let ask = move || child.wait();
        let asked = Builder::new().name("array".to_owned()).spawn(ask);
        asked.map_err(|error| error.to_string())?;
        Ok(number)
    }

    fn poll(&self) -> Result<Vec<Seen>, String> {
        let seen = self.running().flat_map(|running| {
            (0..running.tasks).map(move |task| Seen {
                array: running.process.id.to_string(),
                token: running.token.clone(),
                task,
                state: TaskState::Waiting("in the background of this machine".to_owned()),
            })
        });
        Ok(seen.collect())
    }

    fn cancel(&self, arrays: &[String]) -> Result<(), String> {
        for running in self.running() {
            if arrays.contains(&running.process.id.to_string()) {
                end_group(running.process.id)?;
            }
        }
        Ok(())
    }

    fn most_tasks(&self) -> Result<usize, String> {
        Ok(usize::MAX)
    }
}

/// `LAST AT_A_TIME "GROUP…" PROGRAM ARGUMENTS…`: waits for groups of processes, then runs the program once for each number up to the last.
const SCRIPT: &str = r#"last=$1 most=$2 after=$3; shift 3
for group in $after; do while kill -0 "-$group" 2> /dev/null; do sleep 1; done; done
seq 0 "$last" | xargs -n 1 -P "$most" "$@""#;

#[cfg(unix)]
fn end_group(leader: u32) -> Result<(), String> {
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
fn end_group(_: u32) -> Result<(), String> {
    Err("processes in the background are known on Unix only".to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::Request;
    use std::fs;
    use std::path::Path;
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
            array(here, 1, &command("sleep 0.3"), vec![]),
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
