//! The page of claims, from results without job folders, in every format.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use support::fpt;

const STUDY: &str = r#"question = "q"
[job]
steps = 4
evaluate-every = 2
task = "bit-xor"
pretraining = "random"
[axes]
policy = ["fpt", "output"]
batch-size = [2]
[table]
rows = "policy"
columns = "batch-size"
[[claim]]
says = "More is better"
greater = ["fpt", "output"]
"#;

fn said(folder: &Path, arguments: &[&str]) -> String {
    let arguments = [arguments, &["--profile", "smoke"]].concat();
    let output = fpt(folder, &arguments)
        .env("COLUMNS", "100")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_of_claims_needs_no_job_folders_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("experiments")).unwrap();
    fs::write(root.join("experiments/q.toml"), STUDY).unwrap();
    let seeds = ["--seeds", "3"];
    said(root, &[&["study", "q"][..], &seeds].concat());
    let page = |format: &str| said(root, &["claims", "q", "--format", format, "--seeds", "3"]);
    let formats = ["table", "markdown", "csv", "json"];
    let before: Vec<String> = formats.iter().map(|format| page(format)).collect();
    fs::remove_dir_all(root.join("results/smoke/jobs")).unwrap();
    let after: Vec<String> = formats.iter().map(|format| page(format)).collect();
    assert_eq!(before, after);
    assert!(!root.join("results/smoke/jobs").exists());
    for text in &before {
        assert!(text.contains("More is better"), "{text}");
    }
    assert!(
        before[0].starts_with("1 claim of 1 study:"),
        "{}",
        before[0]
    );
    assert!(before[0].lines().all(|line| line.chars().count() <= 100));

    let out = root.join("claims.parquet");
    let asked = [
        "claims",
        "--format",
        "parquet",
        "--out",
        out.to_str().unwrap(),
        "--seeds",
        "3",
    ];
    said(root, &asked);
    assert_eq!(&fs::read(&out).unwrap()[..4], b"PAR1");
    // Of a study that nobody ran there is a page, too, where it is asked for.
    assert!(said(root, &["claims", "--all"]).contains("undecided"));
}

#[test]
fn what_cannot_be_asked_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("q.toml"), STUDY).unwrap();
    let refused = |arguments: &[&str], says: &str| {
        let mut command = fpt(root, arguments);
        let output = command.stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
        assert!(!root.join("results").join("tiny/jobs").exists());
    };
    // A third of a second is too short for anything.
    refused(
        &["study", "q.toml", "--budget", "0.0001"],
        "the first look takes about",
    );
    refused(&["study", "q.toml", "--budget", "0"], "expected hours");
    refused(
        &["study", "q.toml", "--until-decided", "--seeds", "3"],
        "cannot be used with",
    );
    refused(
        &["study", "q.toml", "--until-decided", "--profile", "smoke"],
        "names its seeds",
    );
    refused(&["claims", "q.toml", "--format", "parquet"], "--out");
    refused(&["claims", "nothing"], "there is no study");
    let bad = STUDY.replace(
        "greater = [\"fpt\", \"output\"]",
        "greater = [\"fpt\", \"outptu\"]",
    );
    fs::write(root.join("bad.toml"), bad).unwrap();
    refused(&["study", "bad.toml"], "did you mean `output`?");
}

/// A rate at which nothing can be learned is said by its cell, and keeps no other from being tabled.
#[test]
fn a_run_that_diverges_at_once_is_a_row_with_a_mark() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let study = STUDY.replace("batch-size = [2]", "learning-rate = [1e-3, 1e30]");
    let study = study.replace("columns = \"batch-size\"", "columns = \"learning-rate\"");
    fs::write(root.join("q.toml"), study).unwrap();
    let table = said(root, &["study", "q.toml", "--seeds", "2"]);
    assert!(
        table.contains('†') && !table.contains("unfinished"),
        "{table}"
    );
    // Once more nothing is run, and the rows alone say the same.
    fs::remove_dir_all(root.join("results/smoke/jobs")).unwrap();
    assert_eq!(said(root, &["table", "q.toml"]), table);
}
