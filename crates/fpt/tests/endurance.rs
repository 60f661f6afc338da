//! The same command resumes, and what it leaves does not depend on what happened on the way.
#![allow(clippy::unwrap_used)]

use assert_cmd::cargo::cargo_bin;
use std::collections::BTreeMap;
use std::fs;
#[cfg(target_os = "linux")]
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Generated tasks only: no data is needed.
const STUDY: &str = r#"question = "q"
[axes]
pretraining = ["bit", "random"]
task = ["bit-xor", "bit-memory"]
[table]
rows = "pretraining"
columns = "task"
reference = { pretraining = "random" }
"#;

fn command(folder: &Path) -> Command {
    let mut command = Command::new(cargo_bin("fpt"));
    command
        .current_dir(folder)
        .env("FPT_DATA", folder.join("data"))
        .args(["study", "q.toml", "--profile", "smoke"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    folder
}

/// Every file a study leaves for readers, by name; times and dates are kept apart in the provenance.
fn outputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = fs::read_dir(folder.join("results/smoke/q"))
        .unwrap()
        .flatten();
    let files = read.map(|entry| entry.path()).filter(|path| path.is_file());
    let files = files.filter(|path| !path.ends_with("provenance.parquet"));
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn run_again_killed_and_resumed_the_bytes_are_the_same() {
    let undisturbed = study();
    assert!(command(undisturbed.path()).status().unwrap().success());
    let expected = outputs(undisturbed.path());
    assert!(expected.contains_key("runs.parquet") && expected.contains_key("table.md"));

    let again = command(undisturbed.path())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(
        again.status.success() && said.contains("nothing to do"),
        "{said}"
    );
    assert_eq!(outputs(undisturbed.path()), expected);

    let disturbed = study();
    for milliseconds in [150, 400, 900] {
        let mut runner = command(disturbed.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        runner.kill().unwrap();
        runner.wait().unwrap();
    }
    // The workers of a killed runner end by themselves; their locks go with them.
    assert!(command(disturbed.path()).status().unwrap().success());
    assert_eq!(outputs(disturbed.path()), expected);
}

/// A child process, whichever thread started it.
#[cfg(target_os = "linux")]
fn child_of(process: u32) -> Option<String> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let children = threads
        .flatten()
        .map(|thread| thread.path().join("children"));
    children
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|pids| pids.split_whitespace().next().map(str::to_owned))
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_worker_fails_its_job_alone_and_the_next_run_makes_it_good() {
    let undisturbed = study();
    assert!(command(undisturbed.path()).status().unwrap().success());
    let expected = outputs(undisturbed.path());

    let disturbed = study();
    let mut runner = command(disturbed.path());
    let mut runner = runner.stderr(Stdio::piped()).spawn().unwrap();
    let worker = loop {
        if let Some(child) = child_of(runner.id()) {
            break child;
        }
        let ended = runner.try_wait().unwrap();
        assert!(ended.is_none(), "it ended before a worker was seen");
    };
    Command::new("kill").args(["-9", &worker]).status().unwrap();
    let mut said = String::new();
    runner
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(runner.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("failed:") && said.contains("log:"), "{said}");

    assert!(command(disturbed.path()).status().unwrap().success());
    assert_eq!(outputs(disturbed.path()), expected);
}

#[test]
fn a_job_alone_gives_the_curve_it_gives_beside_others() {
    let together = study();
    assert!(command(together.path()).status().unwrap().success());
    let alone = study();
    let mut one = command(alone.path());
    one.args(["--workers", "1", "--filter", "task=bit-xor"]);
    one.args(["--filter", "pretraining=random", "--seeds", "1"]);
    assert!(one.status().unwrap().success());
    let jobs = |folder: &Path| folder.join("results/smoke/jobs");
    let mut seen = 0;
    for job in fs::read_dir(jobs(alone.path())).unwrap().flatten() {
        let curve = |folder: &Path| fs::read(folder.join(job.file_name()).join("curve.parquet"));
        assert_eq!(
            curve(&jobs(alone.path())).unwrap(),
            curve(&jobs(together.path())).unwrap()
        );
        seen += 1;
    }
    assert_eq!(seen, 1);
}
