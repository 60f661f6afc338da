//! Slurm's commands: run, waited for, and what they say.

use crate::ask::Failure;
use crate::local::end_group;
use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::Builder;
use std::time::Duration;

/// One that has not answered by then does not answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a command answers.
pub(crate) fn ask<A: AsRef<OsStr>>(
    command: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<String, String> {
    let output = run(command, arguments).map_err(|failure| failure.why)?;
    match output.status.success() {
        true => Ok(words(&output.stdout)),
        false => Err(complaint(command, &output)),
    }
}

pub(crate) fn run<A: AsRef<OsStr>>(
    command: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Output, Failure> {
    let mut asked = Command::new(command);
    asked.args(arguments);
    // What a user sets for their own calls (which states are shown, what is asked for) is not meant for these.
    for (name, _) in std::env::vars_os() {
        let is_set = |begin| name.to_string_lossy().starts_with(begin);
        if ["SQUEUE_", "SBATCH_", "SCANCEL_"].into_iter().any(is_set) {
            asked.env_remove(&name);
        }
    }
    within(PATIENCE, command, asked)
}

/// What a command answers in a time. A thread reads it meanwhile, so that it never waits for its reader.
fn within(limit: Duration, command: &str, mut asked: Command) -> Result<Output, Failure> {
    asked
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // It is ended with whatever it has started.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut asked, 0);
    let child = asked
        .spawn()
        .map_err(|error| format!("`{command}` cannot be run: {error}"))?;
    let leader = child.id();
    let (sender, answer) = mpsc::channel();
    let read = move || sender.send(child.wait_with_output());
    let reading = Builder::new().name("answer".to_owned()).spawn(read);
    let late = |_| format!("`{command}` did not answer in {} s", limit.as_secs());
    let output = match reading {
        Ok(_) => answer.recv_timeout(limit).map_err(late),
        Err(error) => Ok(Err(error)),
    };
    let output = output.and_then(|read| {
        read.map_err(|error| format!("what `{command}` answers cannot be read: {error}"))
    });
    output.map_err(|why| {
        let _ = end_group(leader);
        let is_lost = true;
        Failure { why, is_lost }
    })
}

/// What a command says of its failure, in a line.
pub(crate) fn complaint(command: &str, output: &Output) -> String {
    let said = words(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    let lines = lines.into_iter().filter(|line| !line.is_empty());
    let said = lines.collect::<Vec<_>>().join(" | ");
    match said.is_empty() {
        true => format!("`{command}` ended with {}", output.status),
        false => said,
    }
}

pub(crate) fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_command_is_waited_for_and_not_for_ever() {
        let sh = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        // More than a pipe holds, on both streams.
        let much = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero";
        let output = within(PATIENCE, "much", sh(much)).unwrap();
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (300_000, 300_000)
        );

        let started = Instant::now();
        // What holds the pipe is not what was called.
        let failure = within(Duration::from_secs(1), "x", sh("sleep 100; echo 1")).unwrap_err();
        assert!(failure.is_lost && failure.why == "`x` did not answer in 1 s");
        assert!(started.elapsed() < Duration::from_secs(50));
        let failure = within(PATIENCE, "x", Command::new("/no/such")).unwrap_err();
        assert!(!failure.is_lost && failure.why.contains("cannot be run"));
    }
}
