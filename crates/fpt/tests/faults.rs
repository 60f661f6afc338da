//! Whatever goes wrong at whichever change of the disk, on the way from a pretraining over a job to the table: the command ends with a
//! message or is killed, nothing is lost, and the same command makes it good, byte for byte.
//!
//! A few points are tried here. `FPT_FAULTS=1 TMPDIR=/dev/shm cargo test --release -p fpt --test faults` tries each in each way, some 3,000
//! in a quarter of an hour on two cores, `FPT_FAULTS=4` every fourth; built for debugging, on a disk that syncs, it takes hours.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Output, Stdio};
use support::{PATIENCE, ended, fpt, without};

const STUDY: &str = r#"question = "q"
[job]
steps = 6
evaluate-every = 3
[axes]
pretraining = ["brief"]
task = ["bit-xor"]
[table]
rows = "pretraining"
columns = "task"
"#;

const PRETRAINING: &str = r#"task = "bit-memory"
[profile.smoke]
recipe = { steps = 4, evaluate-every = 2 }
"#;

/// Ways of going wrong, as `faults.c` knows them.
const WAYS: [(&str, i32); 5] = [
    ("the disk is full", libc::ENOSPC),
    ("it cannot be written", libc::EIO),
    ("killed before", -1),
    ("killed in the middle", -2),
    ("killed behind", -3),
];

/// A command that changes the disk. Called again after whatever went wrong it succeeds, and then the study has its results.
struct Scenario {
    name: &'static str,
    /// Changes the folder of a study to one in which the command has something to do.
    prepare: fn(&Path),
    /// Its words behind `fpt`.
    command: &'static [&'static str],
    /// Fewer changes of the disk than it makes.
    changes: i32,
    /// How many files of finished jobs may be missing behind it, those of damaged ones; `None` where others are at work on them.
    missing: Option<usize>,
    /// Points that are tried in each way unless all are asked for.
    few: usize,
}

const RUN: &[&str] = &[
    "study",
    "q.toml",
    "--profile",
    "smoke",
    "--seeds",
    "1",
    "--workers",
    "1",
];

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pretrainings = folder.path().join("experiments/pretraining");
    fs::create_dir_all(&pretrainings).unwrap();
    fs::write(pretrainings.join("brief.toml"), PRETRAINING).unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    folder
}

/// The same files in another folder.
fn copied(from: &Path) -> tempfile::TempDir {
    fn copy(from: &Path, into: &Path) {
        for entry in fs::read_dir(from).unwrap().flatten() {
            let (path, there) = (entry.path(), into.join(entry.file_name()));
            if path.is_dir() {
                fs::create_dir(&there).unwrap();
                copy(&path, &there);
            } else {
                fs::copy(&path, there).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(from, folder.path());
    folder
}

/// A command with the change of this number going wrong; `None`, said, where that cannot be had.
fn with_fault(folder: &Path, words: &[&str], at: i32, how: i32) -> Option<Output> {
    // What is handed to others, and not what they do.
    let under = match words[0] {
        "submit" => "results/.submitted",
        _ => "results",
    };
    let mut command = without(fpt(folder, words), &[("FAULT_AT", at), ("FAULT_HOW", how)])?;
    command
        .env("FAULT_UNDER", folder.join(under))
        .env("FAULT_COUNT", folder.join("count"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    ended(&mut child, PATIENCE);
    Some(child.wait_with_output().unwrap())
}

/// What a study leaves for readers; what a killed writer of a study's folder leaves is swept away by the next that writes, or once it is
/// old.
fn outputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = support::outputs(folder);
    all.retain(|name, _| !files::is_passing(name));
    all
}

/// Names of files that are not the same in both.
fn differing(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let names = names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name));
    names.cloned().collect()
}

/// The files of finished jobs that are the same in every run: `trained.bpk` has burn's numbers of its parameters, which are drawn.
fn finished(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for job in support::jobs(folder) {
        for name in ["outcome.json", "curve.parquet", "body/model.safetensors"] {
            if let Ok(bytes) = fs::read(job.join(name)) {
                let job = job.file_name().unwrap().to_str().unwrap();
                found.insert(format!("{job}/{name}"), bytes);
            }
        }
    }
    found
}

/// All that is written, by whichever of the two streams.
fn said(output: &Output) -> String {
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    said.concat()
}

/// Calls a command that nothing disturbs, which succeeds.
fn call(folder: &Path, words: &[&str], case: &str) {
    let mut command = fpt(folder, words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{case}\nthen {words:?}: {said}");
}

/// Points of so many at which something goes wrong in this way, the `index`-th.
fn points(count: i32, few: usize, index: usize) -> Vec<i32> {
    let asked = std::env::var("FPT_FAULTS").ok();
    if let Some(every) = asked.and_then(|every| every.parse::<usize>().ok()) {
        let every = every.max(1);
        return (1 + (index % every) as i32..=count)
            .step_by(every)
            .collect();
    }
    let few = (0..few).map(|point| {
        // Spread, and others in each way.
        let share = (point as f64 + (index as f64 + 0.5) / WAYS.len() as f64) / few as f64;
        1 + (share * f64::from(count)) as i32
    });
    few.collect()
}

fn try_all(scenario: &Scenario) {
    let Scenario { name, command, .. } = *scenario;
    let prepared = study();
    (scenario.prepare)(prepared.path());
    let undisturbed = copied(prepared.path());
    let here = undisturbed.path();
    let Some(counting) = with_fault(here, command, 0, 0) else {
        return;
    };
    assert!(counting.status.success(), "{name}: {}", said(&counting));
    call(here, RUN, name);
    let count = fs::read(here.join("count")).unwrap();
    let count = i32::from_ne_bytes(count[..4].try_into().unwrap());
    assert!(
        count > scenario.changes,
        "{name}: {count} changes are not all"
    );
    let (expected, jobs) = (outputs(here), finished(here));
    assert!(expected.contains_key("table.md") && jobs.len() > 4);

    for (index, (way, how)) in WAYS.into_iter().enumerate() {
        let points = points(count, scenario.few, index);
        eprintln!("{name}, {way}: {} of {count} changes", points.len());
        for at in points {
            let folder = copied(prepared.path());
            let here = folder.path();
            let ended = with_fault(here, command, at, how).unwrap();
            let said = said(&ended);
            let case = format!(
                "{name}, change {at} of {count}, {way}: {:?}\n{said}",
                ended.status
            );
            assert!(!said.contains("panicked"), "{case}");
            match ended.status.code() {
                // What is only tidied up may fail in silence.
                Some(0) if command == RUN => assert!(outputs(here) == expected, "{case}"),
                Some(0) => {}
                Some(code) => assert!(code == 1 && !said.trim().is_empty(), "{case}"),
                None => assert!(how < 0 && ended.status.signal() == Some(9), "{case}"),
            }
            call(here, command, &case);
            if command != RUN {
                if let Some(most) = scenario.missing {
                    // Before what is missing is made again.
                    let now = finished(here);
                    let left = now
                        .iter()
                        .filter(|(name, bytes)| jobs.get(*name) != Some(bytes));
                    let left: Vec<&String> = left.map(|(name, _)| name).collect();
                    assert!(left.is_empty(), "{left:?} in {case}");
                    let missing = jobs.len() - now.len();
                    assert!(missing <= most, "{missing} files in {case}");
                }
                call(here, RUN, &case);
            }
            let left = differing(&outputs(here), &expected);
            assert!(left.is_empty(), "{left:?} in {case}");
            let left = differing(&finished(here), &jobs);
            assert!(left.is_empty(), "{left:?} in {case}");
        }
    }
}

#[test]
fn at_every_change_of_a_study() {
    try_all(&Scenario {
        name: "study",
        prepare: |_| {},
        command: RUN,
        changes: 50,
        missing: Some(0),
        few: 3,
    });
}

#[test]
fn at_every_change_of_a_merge() {
    try_all(&Scenario {
        name: "merge",
        prepare: |folder| {
            call(folder, RUN, "merge");
            fs::rename(folder.join("results"), folder.join("other")).unwrap();
        },
        command: &["merge", "other", "--profile", "smoke"],
        changes: 30,
        missing: Some(0),
        few: 1,
    });
}

#[test]
fn at_every_change_of_a_repair() {
    try_all(&Scenario {
        name: "doctor",
        prepare: |folder| {
            call(folder, RUN, "doctor");
            let jobs = support::jobs(folder);
            for (job, name) in jobs.iter().zip(["curve.parquet", "outcome.json"]) {
                fs::write(job.join(name), b"damaged").unwrap();
                fs::write(job.join(".part-curve.parquet-1"), b"half").unwrap();
            }
            fs::create_dir_all(folder.join("results/.merging/4194304/half")).unwrap();
        },
        command: &["doctor", "--repair", "--profile", "smoke"],
        changes: 5,
        missing: Some(6),
        few: 1,
    });
}

#[test]
fn at_every_change_of_a_submission() {
    try_all(&Scenario {
        name: "submit",
        prepare: |_| {},
        command: &[
            "submit",
            "q.toml",
            "--local",
            "--profile",
            "smoke",
            "--seeds",
            "1",
        ],
        changes: 10,
        missing: None,
        few: 1,
    });
}
