//! The same command resumes, and what it leaves does not depend on what happened on the way.
#![allow(clippy::unwrap_used)]

use assert_cmd::cargo::cargo_bin;
use std::collections::BTreeMap;
use std::fs;
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
        .args(["study", "q.toml", "--profile", "smoke", "--workers", "2"])
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
