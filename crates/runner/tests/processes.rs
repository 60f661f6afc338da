//! Processes for real, of a program that only says how a job ends.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

use runner::{Pool, Processes, Stop, Threads};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use study::{Library, Options, Plan, Planned};

/// A program that appends its arguments to `called`, then does `then` for each order.
fn program(folder: &Path, then: &str) -> PathBuf {
    let path = folder.join("program");
    let called = folder.join("called");
    let text = format!(
        "#!/bin/sh\necho \"$@\" >> {}\nwhile read order; do\n{then}\ndone\n",
        called.display()
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn jobs() -> Vec<Planned> {
    let library = Library::embedded();
    let plan = Plan::new(&library, "modality", &Options::profile("smoke"));
    plan.unwrap().jobs
}

fn run(folder: &Path, then: &str, is_there: fn(&str) -> bool) -> runner::Summary {
    run_of(&jobs(), folder, then, is_there)
}

fn run_of(
    jobs: &[Planned],
    folder: &Path,
    then: &str,
    is_there: fn(&str) -> bool,
) -> runner::Summary {
    let processes = Processes {
        program: program(folder, then),
        arguments: Vec::new(),
        devices: vec!["cuda:0".to_owned(), "cuda:1".to_owned()],
        is_there,
        is_free: |_: &Planned| true,
        patience: Duration::from_millis(800),
        prepare: |planned: &Planned| -> Result<PathBuf, String> { Ok(folder.join(&planned.id.0)) },
    };
    let pool = Pool {
        workers: 3,
        threads: Threads::Each(1),
        devices: 2,
    };
    pool.run(jobs, &processes, &Stop::new(), |_| {}).unwrap()
}

/// The devices that processes were told.
fn told(folder: &Path) -> BTreeSet<String> {
    let called = fs::read_to_string(folder.join("called")).unwrap();
    let device = |line: &str| {
        let (_, device) = line.split_once("--device ").unwrap();
        device.trim().to_owned()
    };
    called.lines().map(device).collect()
}

#[test]
fn workers_are_spread_over_the_devices() {
    let folder = tempfile::tempdir().unwrap();
    let finished = "sleep 0.02; echo '{\"ended\":\"finished\"}'";
    let summary = run(folder.path(), finished, |_| true);
    assert!(summary.complete(), "{summary:?}");
    let both = ["cuda:0", "cuda:1"].map(str::to_owned);
    assert_eq!(told(folder.path()), BTreeSet::from(both));
}

#[test]
fn a_process_that_ends_for_want_of_memory_is_known_by_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let dies = "echo 'wgpu error: Out of Memory' >&2; exit 3";
    let summary = run(folder.path(), dies, |_| true);
    let reason = &summary.failed[0].1;
    assert!(
        reason.contains("exit status: 3: wgpu error: Out of Memory; run it"),
        "{reason}"
    );
}

#[test]
fn a_device_that_is_gone_takes_no_more_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(folder.path(), "exit 3", |device| device == "cuda:1");
    // Two workers on the first device end with a job each, unless the other has ended them all before.
    let called = fs::read_to_string(folder.path().join("called")).unwrap();
    let on_first = called
        .lines()
        .filter(|line| line.ends_with("cuda:0"))
        .count();
    assert!(on_first <= 2, "{called}");
    let started = summary.failed.len() + summary.passed.len();
    assert_eq!(started, jobs().len(), "{summary:?}");
    let no_device = |because: &runner::Passed| *because == runner::Passed::NoWorker;
    assert!(!summary.passed.iter().any(|(_, because)| no_device(because)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_stuck_is_killed_and_its_job_tried_once_more() {
    let folder = tempfile::tempdir().unwrap();
    // The first two that are asked wait for nothing; then one computes for longer than anybody is patient, and says nothing either.
    let waits = format!(
        "if mkdir {0}/first 2>/dev/null || mkdir {0}/second 2>/dev/null; then exec sleep 600; fi; \
         if mkdir {0}/third 2>/dev/null; then end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done; fi; \
         echo '{{\"ended\":\"finished\"}}'",
        folder.path().display()
    );
    let summary = run(folder.path(), &waits, |_| true);
    assert!(summary.complete(), "{summary:?}");
    let logs = jobs()
        .into_iter()
        .filter_map(|planned| fs::read_to_string(folder.path().join(planned.id.0)).ok());
    let killed: usize = logs.map(|log| log.matches("tried once more").count()).sum();
    assert_eq!(killed, 2);

    let summary = run_of(&jobs()[..1], folder.path(), "exec sleep 600", |_| true);
    let reason = &summary.failed[0].1;
    assert!(
        reason.contains("no step and no processor time") && reason.contains("twice"),
        "{reason}"
    );
}
