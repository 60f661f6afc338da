//! The same command resumes, and what it leaves does not depend on what happened on the way.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fs;
#[cfg(target_os = "linux")]
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
#[cfg(target_os = "linux")]
use std::process::Stdio;
use support::{fpt, in_the_middle, let_go, outputs, reach_the_middle};

/// Long enough to be killed in the middle.
const STEPS: u64 = 100;

/// Generated tasks only: no data is needed.
const STUDY: &str = r#"question = "q"
[job]
steps = 100
evaluate-every = 10
[axes]
pretraining = ["bit", "random"]
task = ["bit-xor", "bit-memory"]
[table]
rows = "pretraining"
columns = "task"
reference = { pretraining = "random" }
"#;

fn command(folder: &Path) -> Command {
    fpt(folder, &["study", "q.toml", "--profile", "smoke"])
}

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    folder
}

/// Whether the log of a job says that it was gone on with, and not begun anew.
fn went_on(job: &Path) -> bool {
    let log = fs::read_to_string(job.join("log")).unwrap();
    log.contains("goes on from step") && !log.contains("starts anew")
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
    let mut interrupted: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut kills = 0;
    while kills < 4 {
        let mut runner = command(disturbed.path()).spawn().unwrap();
        let reached = reach_the_middle(disturbed.path(), STEPS, &mut runner);
        let (job, _) = reached.expect("a job is caught in the middle before all have ended");
        runner.kill().unwrap();
        runner.wait().unwrap();
        // The workers of a killed runner end by themselves; their locks go with them.
        let_go(&job);
        let left = in_the_middle(disturbed.path(), STEPS);
        // Its worker may just have finished it; then this kill interrupted nothing and does not count.
        if left.contains_key(&job) {
            kills += 1;
            interrupted.extend(left);
        }
    }
    assert!(command(disturbed.path()).status().unwrap().success());
    assert!(interrupted.keys().all(|job| went_on(job)));
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
    let runner = runner.args(["--workers", "1"]).stderr(Stdio::piped());
    let mut runner = runner.spawn().unwrap();
    reach_the_middle(disturbed.path(), STEPS, &mut runner).unwrap();
    let worker = child_of(runner.id()).unwrap();
    Command::new("kill").args(["-9", &worker]).status().unwrap();
    let mut said = String::new();
    runner
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(runner.wait().unwrap().code(), Some(1), "{said}");
    // One job, in the middle; the others went on without it.
    let failed = said.matches(" failed: ").count();
    assert!(
        failed == 1 && said.contains("signal: 9") && said.contains("log:"),
        "{said}"
    );
    let left = in_the_middle(disturbed.path(), STEPS);
    let [job] = left.keys().collect::<Vec<_>>()[..] else {
        panic!("one job is left: {left:?}");
    };

    assert!(command(disturbed.path()).status().unwrap().success());
    assert!(went_on(job));
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
