//! A table of jobs, and what leads on from it; the tables of all studies; and what is left out of them.
#![allow(clippy::unwrap_used)]

#[path = "common/said.rs"]
mod said;
mod support;

use said::{STUDY, first_table, ok, refused, said, with_results};
use std::fs;
use std::path::Path;
use support::jobs;

#[test]
fn a_table_of_jobs_leads_to_each_of_them() {
    let folder = with_results();
    let root = folder.path();
    let listed = ok(root, &["table", "q.toml", "--jobs", "--format", "csv"]);
    let mut lines = listed.lines();
    assert_eq!(
        lines.next(),
        Some("policy,learning-rate,replicate,test accuracy,job")
    );
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 8, "{listed}");
    for line in lines {
        let id = line.rsplit(',').next().unwrap();
        let policy = line.split(',').next().unwrap();
        let shown = ok(root, &["show", id]);
        assert!(
            shown.contains(&format!("policy    {policy}")),
            "{line}: {shown}"
        );
    }
    let part = ok(
        root,
        &[
            "table",
            "q.toml",
            "--jobs",
            "--filter",
            "policy=fpt",
            "--seeds",
            "1",
        ],
    );
    assert_eq!(first_table(&part).len(), 4, "{part}");
    refused(
        root,
        &["table", "q.toml", "--jobs", "--format", "latex"],
        "markdown or csv",
    );
    refused(
        root,
        &["table", "q.toml", "--jobs", "--out", "jobs/"],
        "name a file",
    );
    refused(root, &["table", "q.toml", "--out", "t.docx"], "`.docx`");
}

fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let study = |name: &str| {
        let files = fs::read_dir(root.join("results/smoke").join(name)).unwrap();
        let files = files.map(|entry| entry.unwrap().path());
        files.map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
    };
    let mut all: Vec<_> = ["q", "r"].into_iter().flat_map(study).collect();
    all.sort();
    all
}

#[test]
fn all_tables_and_figures_are_written_again_at_once() {
    let folder = with_results();
    let root = folder.path();
    refused(root, &["table"], "--all");
    fs::write(root.join("r.toml"), STUDY.replace("q?", "r?")).unwrap();
    ok(root, &["study", "r.toml", "--seeds", "2"]);
    let before = files(root);
    let named = |name: &'static str| before.iter().filter(move |(path, _)| path.ends_with(name));
    assert_eq!(named("/table.md").chain(named("/curves.svg")).count(), 4);
    for (path, _) in named("/table.md").chain(named("/curves.svg")) {
        fs::remove_file(path).unwrap();
    }
    let printed = ok(root, &["plot", "--all"]);
    assert!(printed.contains("/q/curves.svg") && printed.contains("/r/curves.svg"));
    let printed = ok(root, &["table", "--all"]);
    assert!(
        printed.contains("q?") && printed.contains("r?"),
        "{printed}"
    );
    assert!(files(root) == before);

    for words in [
        &["table", "--all", "--jobs"][..],
        &["plot", "--all", "--out", "f"],
    ] {
        refused(root, words, "name a study");
    }
    refused(root, &["table", "q.toml", "--all"], "cannot be used with");
    // One that cannot be read is named, and the others have theirs.
    fs::write(root.join("results/smoke/q/runs.parquet"), "no parquet").unwrap();
    let table = root.join("results/smoke/r/table.md");
    fs::remove_file(&table).unwrap();
    let (code, _, error) = said(root, &["table", "--all"]);
    assert!(code == 1 && error.contains("runs.parquet"), "{error}");
    assert!(table.is_file());
}

#[test]
fn a_damaged_job_is_named_and_left_out_by_all_that_shows_jobs() {
    let folder = with_results();
    let root = folder.path();
    let parts = ["runs", "curves", "tests", "provenance", "measures"];
    for part in parts {
        let _ = fs::remove_file(root.join(format!("results/smoke/q/{part}.parquet")));
    }
    let job = jobs(root).remove(0);
    fs::write(job.join("outcome.json"), "{").unwrap();
    let claim = "[[claim]]\nsays = \"More is better\"\ngreater = [\"fpt\", \"output\"]\nwhere = { learning-rate = 1e-3 }\n";
    fs::write(root.join("q.toml"), format!("{STUDY}{claim}")).unwrap();
    let id = job.file_name().unwrap().to_str().unwrap();
    for command in [
        &["table", "q.toml", "--jobs"][..],
        &["table", "q.toml"],
        &["plot", "q.toml"],
        &["claims", "q.toml"],
        &["report", "q.toml"],
        &["report", "--out", "page.html"],
        &["export-curves", "q.toml"],
    ] {
        let (code, _, error) = said(root, command);
        assert!(
            code == 1 && error.contains(id),
            "{command:?}: {code} {error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_stands_in_the_place_of_a_file_and_is_none_is_not_waited_for() {
    let folder = with_results();
    let root = folder.path();
    let job = jobs(root).remove(0);
    let pipe = |path: &Path| {
        fs::remove_file(path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    };
    for file in ["log", "outcome.json", "job.toml"] {
        pipe(&job.join(file));
        for command in ["status", "table", "show", "doctor"] {
            let words = match command {
                "doctor" => vec![command],
                "show" => vec![command, job.file_name().unwrap().to_str().unwrap()],
                _ => vec![command, "q.toml"],
            };
            let (code, ..) = said(root, &words);
            assert!(
                code <= 1 || (command == "show" && file == "job.toml"),
                "{command} {file}: {code}"
            );
        }
    }
    for file in ["runs.parquet", "curves.parquet"] {
        let path = root.join("results/smoke/q").join(file);
        let before = fs::read(&path).unwrap();
        pipe(&path);
        let (code, _, error) = said(root, &["table", "q.toml"]);
        assert!(code == 1 && error.contains(file), "{error}");
        fs::remove_file(&path).unwrap();
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn an_outcome_that_was_changed_is_no_result() {
    let folder = with_results();
    let root = folder.path();
    let before = fs::read(root.join("results/smoke/q/table.md")).unwrap();
    let outcome = jobs(root)[0].join("outcome.json");
    let whole = fs::read_to_string(&outcome).unwrap();
    let (start, rest) = whole.split_once("\"accuracy\": 0.").unwrap();
    fs::write(&outcome, format!("{start}\"accuracy\": 0.9{rest}")).unwrap();
    let (code, printed, error) = said(root, &["table", "q.toml", "--jobs"]);
    assert!(
        code == 1 && error.contains("notes other bytes"),
        "{printed}{error}"
    );
    ok(root, &["study", "q.toml", "--seeds", "2"]);
    assert_eq!(fs::read_to_string(&outcome).unwrap(), whole);
    assert_eq!(
        fs::read(root.join("results/smoke/q/table.md")).unwrap(),
        before
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_another_job_s_folder_is_not_written_into() {
    let folder = with_results();
    let root = folder.path();
    let jobs = jobs(root);
    fs::remove_dir_all(&jobs[1]).unwrap();
    std::os::unix::fs::symlink(jobs[0].file_name().unwrap(), &jobs[1]).unwrap();
    let parts = ["runs", "curves", "tests", "provenance", "measures"];
    for part in parts {
        let _ = fs::remove_file(root.join(format!("results/smoke/q/{part}.parquet")));
    }
    let (code, _, error) = said(root, &["study", "q.toml", "--seeds", "2"]);
    assert!(code == 1 && error.contains("remove the link"), "{error}");
    assert!(jobs[0].join("outcome.json").is_file());
    assert!(!jobs[0].join("outcome.json.damaged").exists());
}
