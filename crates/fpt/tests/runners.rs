//! Several runners on one results folder: each takes what nobody has, and all end with the same results.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;
#[cfg(target_os = "linux")]
use std::time::SystemTime;
use support::{PATIENCE, ended, jobs, outputs, study};

const CELLS: &str = r#"question = "q?"
[job]
task = "bit-xor"
steps = 60
evaluate-every = 20
[axes]
pretraining = ["random"]
learning-rate = [1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3, 8e-3]
[table]
rows = "pretraining"
columns = "learning-rate"
"#;

fn with_cells() -> tempfile::TempDir {
    let folder = study(40);
    fs::write(folder.path().join("q.toml"), CELLS).unwrap();
    folder
}

fn start(folder: &Path) -> Child {
    support::run(folder).spawn().unwrap()
}

fn finished(folder: &Path) -> usize {
    let jobs = jobs(folder).into_iter();
    jobs.filter(|job| job.join("outcome.json").exists()).count()
}

/// How often each job was trained, by the first line of its log.
fn trainings(folder: &Path) -> Vec<usize> {
    let logs = jobs(folder)
        .into_iter()
        .map(|job| fs::read_to_string(job.join("log")).unwrap());
    logs.map(|log| log.matches("took its first step").count())
        .collect()
}

#[test]
fn runners_share_the_jobs_and_none_is_done_twice() {
    let alone = with_cells();
    assert!(ended(&mut start(alone.path()), PATIENCE).success());
    for count in [2, 4] {
        let folder = with_cells();
        let mut runners: Vec<Child> = (0..count).map(|_| start(folder.path())).collect();
        for runner in &mut runners {
            assert!(ended(runner, PATIENCE).success());
        }
        assert_eq!(trainings(folder.path()), [1; 8], "{count} runners");
        assert!(
            outputs(folder.path()) == outputs(alone.path()),
            "{count} runners"
        );
    }
}

/// One of them on a mount without locks, and one that is killed on its way: the last one ends the study alone.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_runner_s_job_is_gone_on_with_by_another_also_without_locks() {
    let (alone, folder) = (with_cells(), with_cells());
    assert!(ended(&mut start(alone.path()), PATIENCE).success());
    let second = support::run(folder.path());
    let Some(mut second) = support::without(second, &[("FAULT_FLOCK", libc::ENOSYS)]) else {
        return;
    };
    let mut first = start(folder.path());
    let mut second = second.spawn().unwrap();
    while finished(folder.path()) < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(ended(&mut second, PATIENCE).success());
    assert_eq!(finished(folder.path()), 8);
    let most = trainings(folder.path())
        .into_iter()
        .filter(|times| *times > 1)
        .count();
    assert!(most <= 1, "but the job that was killed none is begun twice");
    assert!(outputs(folder.path()) == outputs(alone.path()));
}

/// Two machines whose clocks are ten minutes apart, one way and the other.
#[cfg(target_os = "linux")]
#[test]
fn clocks_that_differ_make_nobody_wait_or_take_a_job_twice() {
    let alone = with_cells();
    assert!(ended(&mut start(alone.path()), PATIENCE).success());
    for ahead in [600, -600] {
        let folder = with_cells();
        let other = support::run(folder.path());
        let Some(mut other) = support::without(other, &[("FAULT_CLOCK", ahead)]) else {
            return;
        };
        let other = other.spawn().unwrap();
        while finished(folder.path()) == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut runners = [other, start(folder.path())];
        // By its own clock.
        let ended = |job: PathBuf| {
            let text = fs::read_to_string(job.join("provenance.json")).ok()?;
            let note: serde_json::Value = serde_json::from_str(&text).ok()?;
            note["finished-at"].as_i64()
        };
        let first = jobs(folder.path()).into_iter().find_map(ended).unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let apart = first - now.unwrap().as_secs() as i64;
        assert!((apart - i64::from(ahead)).abs() < 300, "{apart}");
        for runner in &mut runners {
            assert!(support::ended(runner, PATIENCE).success());
        }
        assert_eq!(trainings(folder.path()), [1; 8], "{ahead}");
        assert!(outputs(folder.path()) == outputs(alone.path()), "{ahead}");
    }
}
