//! Folders that lack something, lose it, or are lost: work goes on without, or ends with a reason.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::process::{Command, Output, Stdio};
use support::{PATIENCE, ended, fpt, let_go, outputs, reach_the_middle, run, study};

fn heard(command: &mut Command) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn without_locks_links_or_syncing_the_numbers_are_the_same_and_it_is_said_once() {
    const ARGUMENTS: [&str; 6] = ["study", "q.toml", "--profile", "smoke", "--seeds", "2"];
    let expected = study(40);
    let mut undisturbed = fpt(expected.path(), &ARGUMENTS);
    assert!(undisturbed.status().unwrap().success());
    let expected = outputs(expected.path());
    let lacks = [
        // A job needs no locks of the file system.
        ("FAULT_FLOCK", libc::ENOSYS, ""),
        ("FAULT_LINK", libc::EPERM, ""),
        ("FAULT_FSYNC", libc::EINVAL, "cannot be synced"),
        ("FAULT_FSYNC", libc::ENOSYS, "cannot be synced"),
        ("FAULT_FSYNC", libc::EOPNOTSUPP, "cannot be synced"),
        ("FAULT_FSYNC", libc::EROFS, "cannot be synced"),
    ];
    for (fault, error, words) in lacks {
        let folder = study(40);
        let command = fpt(folder.path(), &ARGUMENTS);
        let Some(mut command) = support::without(command, &[(fault, error)]) else {
            return;
        };
        let (code, said) = heard(&mut command);
        assert_eq!(code, Some(0), "{fault} {error}: {said}");
        // Two jobs in two processes, and the runner: once all the same.
        let times = usize::from(!words.is_empty());
        assert_eq!(said.matches("warning").count(), times, "{said}");
        assert!(said.contains(words), "{fault} {error}: {said}");
        assert_eq!(outputs(folder.path()), expected, "{fault} {error}");
    }
}

/// What did not reach the disk is not written, and is no lack of the file system's.
#[test]
fn a_disk_that_fails_is_a_failure_by_name_and_nothing_is_half_written() {
    let expected = study(40);
    assert!(run(expected.path()).status().unwrap().success());
    for error in [libc::EIO, libc::ENOSPC] {
        let folder = study(40);
        let Some(mut command) = support::without(run(folder.path()), &[("FAULT_FSYNC", error)])
        else {
            return;
        };
        let (code, said) = heard(&mut command);
        assert_eq!(code, Some(1), "{said}");
        let named = said.contains("results/smoke/") && said.contains("os error");
        assert!(named && !said.contains("panicked"), "{said}");
        assert!(run(folder.path()).status().unwrap().success());
        assert_eq!(outputs(folder.path()), outputs(expected.path()));
        let left = Command::new("find")
            .arg(folder.path())
            .args(["-name", ".part-*"])
            .output()
            .unwrap();
        assert!(left.stdout.is_empty(), "{left:?}");
    }
    // A disk that fills up while a job runs fails the job; what was stored before stays.
    const STEPS: u64 = 1_000_000;
    let folder = study(STEPS);
    let mut runner = run(folder.path()).spawn().unwrap();
    let (job, _) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
    runner.kill().unwrap();
    runner.wait().unwrap();
    let_go(&job);
    let before = fs::read(job.join("checkpoint/state.json")).unwrap();
    let settings = job.join("job.toml").display().to_string();
    let command = fpt(folder.path(), &["job", &settings]);
    let mut command = support::without(command, &[("FAULT_FSYNC", libc::ENOSPC)]).unwrap();
    let (code, said) = heard(&mut command);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("No space left") && said.contains("results/smoke/jobs/"),
        "{said}"
    );
    assert_eq!(fs::read(job.join("checkpoint/state.json")).unwrap(), before);
}

#[test]
fn a_results_folder_that_vanishes_is_exit_1_and_said() {
    const STEPS: u64 = 1_000_000;
    let profile = ["--profile", "smoke", "--seeds", "1"];
    for gone in ["results", "results/smoke", "results/smoke/jobs"] {
        for by_hand in [false, true] {
            let folder = study(STEPS);
            let mut runner = run(folder.path()).stderr(Stdio::piped()).spawn().unwrap();
            let (job, _) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
            if by_hand {
                runner.kill().unwrap();
                runner.wait().unwrap();
                let_go(&job);
                let settings = job.join("job.toml").display().to_string();
                let log = fs::read_to_string(job.join("log")).unwrap();
                let mut command = fpt(folder.path(), &["job", &settings]);
                runner = command
                    .args(profile)
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                while fs::read_to_string(job.join("log")).unwrap() == log {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
            }
            // Moved, not removed: a worker may be writing into it.
            fs::rename(folder.path().join(gone), folder.path().join("away")).unwrap();
            let status = ended(&mut runner, PATIENCE);
            let Output { stdout, stderr, .. } = runner.wait_with_output().unwrap();
            let said = String::from_utf8([stdout, stderr].concat()).unwrap();
            assert_eq!(status.code(), Some(1), "{gone}: {said}");
            assert!(said.contains("No such file"), "{gone}: {said}");
            assert!(!said.contains("panicked"), "{gone}: {said}");
        }
    }
}
