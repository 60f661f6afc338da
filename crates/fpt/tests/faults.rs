//! Whatever goes wrong at whichever change of the disk, on the way from a pretraining over a job to the table: the command ends with a
//! message or is killed, nothing is lost, and the same command makes it good, byte for byte.
//!
//! A few points are tried here; `FPT_FAULTS=1 cargo test -p fpt --test faults` tries each in each way, `FPT_FAULTS=4` every fourth.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
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

/// Points that are tried in each way unless all are asked for.
const FEW: usize = 3;

fn study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pretrainings = folder.path().join("experiments/pretraining");
    fs::create_dir_all(&pretrainings).unwrap();
    fs::write(pretrainings.join("brief.toml"), PRETRAINING).unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    folder
}

fn command(folder: &Path) -> Command {
    let one = ["--profile", "smoke", "--seeds", "1", "--workers", "1"];
    fpt(folder, &[&["study", "q.toml"][..], &one].concat())
}

/// The study with the change of this number going wrong; `None`, said, where that cannot be had.
fn with_fault(folder: &Path, at: i32, how: i32) -> Option<Output> {
    let mut command = without(command(folder), &[("FAULT_AT", at), ("FAULT_HOW", how)])?;
    command
        .env("FAULT_UNDER", folder.join("results"))
        .env("FAULT_COUNT", folder.join("count"))
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    ended(&mut child, PATIENCE);
    Some(child.wait_with_output().unwrap())
}

/// What a study leaves for readers; what a killed writer of a study's folder leaves is swept away once it is old.
fn outputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = support::outputs(folder);
    all.retain(|name, _| !name.starts_with(files::PREFIX));
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

#[test]
fn at_every_change_of_the_disk() {
    let undisturbed = study();
    let Some(counting) = with_fault(undisturbed.path(), 0, 0) else {
        return;
    };
    assert!(counting.status.success());
    let count = fs::read(undisturbed.path().join("count")).unwrap();
    let count = i32::from_ne_bytes(count[..4].try_into().unwrap());
    assert!(count > 50, "{count} changes are not all");
    let (expected, jobs) = (outputs(undisturbed.path()), finished(undisturbed.path()));
    assert!(expected.contains_key("table.md") && jobs.len() > 4);

    let asked = std::env::var("FPT_FAULTS").ok();
    let every = asked.and_then(|every| every.parse::<usize>().ok());
    for (index, (name, how)) in WAYS.into_iter().enumerate() {
        let few = (0..FEW).map(|point| {
            // Spread, and others in each way.
            let share = (point as f64 + (index as f64 + 0.5) / WAYS.len() as f64) / FEW as f64;
            1 + (share * f64::from(count)) as i32
        });
        let points: Vec<i32> = match every {
            Some(every) => (1 + index as i32..=count).step_by(every.max(1)).collect(),
            None => few.collect(),
        };
        if every.is_some() {
            eprintln!("{name}: {} of {count} changes", points.len());
        }
        for at in points {
            let folder = study();
            let here = folder.path();
            let ended = with_fault(here, at, how).unwrap();
            let said = String::from_utf8_lossy(&ended.stderr);
            let case = format!("change {at} of {count}, {name}: {:?}\n{said}", ended.status);
            assert!(!said.contains("panicked"), "{case}");
            match ended.status.code() {
                // What is only tidied up may fail in silence.
                Some(0) => assert!(outputs(here) == expected, "{case}"),
                Some(code) => assert!(code == 1 && !said.trim().is_empty(), "{case}"),
                None => assert!(how < 0 && ended.status.signal() == Some(9), "{case}"),
            }
            let again = command(here).stderr(Stdio::piped()).output().unwrap();
            let said = String::from_utf8_lossy(&again.stderr);
            assert!(again.status.success(), "{case}\nagain: {said}");
            let left = differing(&outputs(here), &expected);
            assert!(left.is_empty(), "{left:?} in {case}\nagain: {said}");
            let left = differing(&finished(here), &jobs);
            assert!(left.is_empty(), "{left:?} in {case}\nagain: {said}");
        }
    }
}
