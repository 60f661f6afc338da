//! `fpt report`: pages from what is published, with job folders and without, and what is said where something is damaged.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
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

fn ran(folder: &Path, arguments: &[&str]) -> Output {
    let arguments = [arguments, &["--profile", "smoke"]].concat();
    let mut command = fpt(folder, &arguments);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.output().unwrap()
}

fn noted(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn pages_need_no_job_folders_and_what_is_damaged_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let experiments = root.join("experiments");
    fs::create_dir(&experiments).unwrap();
    fs::write(experiments.join("q.toml"), STUDY).unwrap();
    let nothing = ran(root, &["report"]);
    assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");
    assert!(noted(&nothing).contains("no study has results here"));

    let study = ran(root, &["study", "q"]);
    assert!(study.status.success(), "{study:?}");
    let page = root.join("results/smoke/q/report.html");
    let before = fs::read_to_string(&page).unwrap();
    // What the log ends with, the settings, and the claim.
    for part in [
        "test, weights of step",
        "recipe.steps = 4",
        "More is better",
        "core-hours",
    ] {
        assert!(before.contains(part), "{part}");
    }
    fs::remove_dir_all(root.join("results/smoke/jobs")).unwrap();
    fs::remove_file(&page).unwrap();
    assert!(ran(root, &["report", "q"]).status.success());
    assert!(fs::read_to_string(&page).unwrap() == before);
    assert!(ran(root, &["table", "q"]).status.success());
    assert!(fs::read_to_string(&page).unwrap() == before);

    // Another one beside it, of which nothing has run.
    fs::write(
        experiments.join("open.toml"),
        STUDY.replace("\"q\"", "\"why?\""),
    )
    .unwrap();
    let all = ran(root, &["report", "--all", "--out", "all.html"]);
    assert!(all.status.success(), "{all:?}");
    let text = fs::read_to_string(root.join("all.html")).unwrap();
    assert!(text.contains("why?") && text.contains("Nothing has finished yet of"));
    assert!(!root.join("results/smoke/open").exists());

    fs::write(root.join("results/smoke/q/curves.parquet"), "no parquet").unwrap();
    let alone = ran(root, &["report", "q"]);
    assert_eq!(alone.status.code(), Some(1), "{alone:?}");
    assert!(noted(&alone).contains("curves.parquet"), "{alone:?}");
    assert!(fs::read_to_string(&page).unwrap() == before);
    let all = ran(root, &["report", "--all", "--out", "all.html"]);
    assert_eq!(all.status.code(), Some(1), "{all:?}");
    assert!(noted(&all).contains("left out: q: ") && noted(&all).contains("curves.parquet"));
    let text = fs::read_to_string(root.join("all.html")).unwrap();
    assert!(text.contains("Left out") && text.contains("curves.parquet"));
    assert!(text.contains("why?") && !text.contains("test, weights of step"));
}
