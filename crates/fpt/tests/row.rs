//! Jobs that share a process leave what they leave alone.
#![allow(clippy::unwrap_used)]

use assert_cmd::cargo::cargo_bin;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Generated tasks only: no data is needed. One body for all jobs but the pretraining.
const STUDY: &str = r#"question = "q"
[axes]
pretraining = ["bit"]
task = ["bit-xor", "listops"]
policy = ["fpt", "full"]
[table]
rows = "policy"
columns = "task"
reference = { policy = "fpt" }
"#;

fn fpt(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("fpt"));
    command
        .current_dir(folder)
        .env("FPT_DATA", folder.join("data"))
        .args(arguments)
        .args(["--profile", "smoke"]);
    command
}

fn study(folder: &Path, arguments: &[&str]) -> Output {
    fs::write(folder.join("q.toml"), STUDY).unwrap();
    let mut command = fpt(folder, &["study", "q.toml", "--seeds", "2"]);
    command.args(arguments).output().unwrap()
}

/// The job folders, pretrainings first.
fn jobs(folder: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(folder.join("results/smoke/jobs")).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort_by_key(|folder| (!folder.join("body").is_dir(), folder.clone()));
    folders
}

/// What a job found; and its weights, past the header, in which writers order keys as they like.
fn left(folder: &Path, job: &Path) -> Vec<Vec<u8>> {
    let exported = folder.join("exported");
    let arguments = [job.to_str().unwrap(), "exported"];
    let export = fpt(folder, &["export"]).args(arguments).output().unwrap();
    assert!(export.status.success(), "{export:?}");
    let weights = |name: &str| {
        let bytes = fs::read(exported.join(name)).unwrap();
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    let mut files: Vec<Vec<u8>> = ["curve.parquet", "outcome.json"]
        .map(|name| fs::read(job.join(name)).unwrap())
        .into();
    files.extend(["model.safetensors", "nets.safetensors"].map(weights));
    fs::remove_dir_all(exported).unwrap();
    files
}

#[test]
fn jobs_in_one_process_leave_the_bytes_that_each_leaves_alone() {
    let together = tempfile::tempdir().unwrap();
    let ran = study(together.path(), &["--workers", "1"]);
    assert!(ran.status.success(), "{ran:?}");
    let folders = jobs(together.path());
    assert_eq!(folders.len(), 2 + 2 * 2 * 2);
    let expected: Vec<_> = folders
        .iter()
        .map(|job| left(together.path(), job))
        .collect();

    // The same jobs, each in a process of its own, and all of them in one.
    for at_once in [1, folders.len()] {
        let apart = tempfile::tempdir().unwrap();
        let store = apart.path().join("results/smoke/jobs");
        let mut files = Vec::new();
        for job in &folders {
            let folder = store.join(job.file_name().unwrap());
            fs::create_dir_all(&folder).unwrap();
            fs::copy(job.join("job.toml"), folder.join("job.toml")).unwrap();
            files.push(folder.join("job.toml"));
        }
        for files in files.chunks(at_once) {
            let mut command = fpt(apart.path(), &["job"]);
            let ran = command.args(files).output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
        }
        for (job, expected) in folders.iter().zip(&expected) {
            let job = store.join(job.file_name().unwrap());
            assert_eq!(*expected, left(apart.path(), &job));
        }
    }
}

#[test]
fn a_file_that_is_no_job_starts_nothing_and_a_failure_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    assert!(study(folder.path(), &["--workers", "1"]).status.success());
    let mut folders = jobs(folder.path());
    // A body, and a job around it.
    let body = folders[0].file_name().unwrap().to_str().unwrap().to_owned();
    let is_around = |job: &Path| {
        let settings = fs::read_to_string(job.join("job.toml")).unwrap();
        settings.contains(&body)
    };
    let around = folders.iter().rposition(|job| is_around(job)).unwrap();
    folders.swap(1, around);
    let finished = |job: &Path| job.join("outcome.json").exists();
    for job in &folders[..3] {
        fs::remove_file(job.join("outcome.json")).unwrap();
    }
    let run = |files: &[PathBuf]| {
        let files = files.iter().map(|folder| folder.join("job.toml"));
        fpt(folder.path(), &["job"]).args(files).output().unwrap()
    };
    let nowhere = folders[0].with_file_name("0123456789abcdef");
    let ran = run(&[folders[1].clone(), nowhere]);
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    assert!(!finished(&folders[1]));

    // Its body is gone: the first is not started, and it is said why; the pretraining after it mends that.
    fs::remove_dir_all(folders[0].join("body")).unwrap();
    let ran = run(&[folders[1].clone(), folders[0].clone(), folders[2].clone()]);
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    let said = String::from_utf8(ran.stdout).unwrap();
    let noted = String::from_utf8(ran.stderr).unwrap();
    assert!(
        noted.contains("is not started: it needs") && said.contains("\nfinished\n"),
        "{noted}{said}"
    );
    assert!(!finished(&folders[1]) && finished(&folders[0]) && finished(&folders[2]));
    assert!(run(&[folders[1].clone()]).status.success());
    assert!(finished(&folders[1]));
}

/// Child processes, whichever thread started them.
#[cfg(target_os = "linux")]
fn children(process: u32) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let children = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    children
        .flat_map(|pids| pids.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .filter(|pid| !pid.is_empty())
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_killed_in_the_middle_of_its_row_loses_the_running_job_alone() {
    use std::io::{BufRead, BufReader};
    // Long enough that a job is still at it when the kill comes.
    let command = |folder: &Path| {
        let text = STUDY.replace("[axes]", "[job]\nsteps = 600\n[axes]");
        fs::write(folder.join("q.toml"), text).unwrap();
        let mut command = fpt(folder, &["study", "q.toml", "--seeds", "1"]);
        command.args(["--workers", "1", "--filter", "policy=fpt"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let undisturbed = tempfile::tempdir().unwrap();
    assert!(command(undisturbed.path()).status().unwrap().success());

    let disturbed = tempfile::tempdir().unwrap();
    let mut runner = command(disturbed.path()).spawn().unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(runner.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        // The second job of the row begins; an unfinished run keeps its time.
        if line.starts_with("[2/3]") && line.ends_with("starting") {
            while !jobs(disturbed.path())
                .iter()
                .any(|job| job.join("seconds").exists())
            {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            let killed = Command::new("kill")
                .arg("-9")
                .args(children(runner.id()))
                .status();
            assert!(killed.unwrap().success());
        }
        said.push(line);
    }
    assert_eq!(runner.wait().unwrap().code(), Some(1), "{said:?}");
    let lost = |line: &&String| line.starts_with("[3/3]") && line.contains("signal: 9");
    assert_eq!(said.iter().filter(lost).count(), 1, "{said:?}");
    let finished = |line: &&String| line.ends_with(" finished");
    assert_eq!(said.iter().filter(finished).count(), 2, "{said:?}");

    assert!(command(disturbed.path()).status().unwrap().success());
    let [expected, mended] = [&undisturbed, &disturbed].map(|folder| {
        let files = ["runs.parquet", "curves.parquet", "table.md"];
        files.map(|name| fs::read(folder.path().join("results/smoke/q").join(name)).unwrap())
    });
    assert_eq!(expected, mended);
}
