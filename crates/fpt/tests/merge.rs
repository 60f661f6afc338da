//! Results of several machines put together: nothing lost, nothing replaced, what differs named.
#![allow(clippy::unwrap_used)]

mod support;

use ::files::Hold;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use support::{files, fpt, jobs};

const STUDY: &str = r#"question = "q?"
[job]
task = "bit-xor"
steps = 40
evaluate-every = 20
[axes]
pretraining = ["random"]
learning-rate = [1e-3, 2e-3, 3e-3]
[table]
rows = "pretraining"
columns = "learning-rate"
"#;

fn said(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = fpt(folder, arguments);
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

/// A machine of its own, with the cells of these rates.
fn machine(rates: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    let mut arguments = vec![
        "study",
        "q.toml",
        "--profile",
        "smoke",
        "--seeds",
        "1",
        "--workers",
        "2",
    ];
    let filters: Vec<String> = rates
        .iter()
        .map(|rate| format!("learning-rate={rate}"))
        .collect();
    arguments.extend(filters.iter().flat_map(|filter| ["--filter", filter]));
    if !rates.is_empty() {
        let (code, text) = said(folder.path(), &arguments);
        assert_eq!(code, 0, "{text}");
    }
    folder
}

fn merge(into: &Path, from: &Path) -> (i32, String) {
    said(into, &["merge", from.join("results").to_str().unwrap()])
}

fn table(folder: &Path) -> String {
    let (code, text) = said(
        folder,
        &[
            "table",
            "q.toml",
            "--profile",
            "smoke",
            "--seeds",
            "1",
            "--format",
            "csv",
        ],
    );
    assert_eq!(code, 0, "{text}");
    text
}

/// A folder that another machine has damaged does not damage this one.
#[test]
fn what_is_damaged_there_is_left_there_and_named() {
    let (from, into) = (machine(&["1e-3", "2e-3", "3e-3"]), machine(&[]));
    let all = jobs(from.path());
    // Readable all the same.
    let path = all[0].join("trained.bpk");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let bytes = fs::read(all[1].join("outcome.json")).unwrap();
    fs::write(all[1].join("outcome.json"), &bytes[..bytes.len() / 2]).unwrap();
    // A copy of another one.
    for entry in fs::read_dir(&all[0]).unwrap().flatten() {
        fs::copy(entry.path(), all[2].join(entry.file_name())).unwrap();
    }
    let (code, text) = merge(into.path(), from.path());
    let copied = format!(
        "settings of job {}",
        all[0].file_name().unwrap().to_str().unwrap()
    );
    let words = [
        "trained.bpk",
        "outcome.json",
        &copied,
        "3 jobs left, damaged",
    ];
    for words in words {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(code, 1, "{text}");
    for job in &all {
        let here = into
            .path()
            .join("results/smoke/jobs")
            .join(job.file_name().unwrap());
        assert!(!here.exists(), "{text}");
    }
}

#[test]
fn two_halves_are_the_whole_and_again_nothing_is_left_to_take() {
    let (whole, laptop, cluster) = (
        machine(&["1e-3", "2e-3", "3e-3"]),
        machine(&["1e-3", "2e-3"]),
        machine(&["2e-3", "3e-3"]),
    );
    let before = files(&cluster.path().join("results"));
    let (code, text) = merge(laptop.path(), cluster.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 job taken, 1 job here already"), "{text}");
    let by_path = "q.toml --profile smoke` writes its table anew";
    assert!(
        text.contains("`fpt table ") && text.contains(by_path),
        "{text}"
    );
    assert!(
        files(&cluster.path().join("results")) == before,
        "only read"
    );
    assert_eq!(table(laptop.path()), table(whole.path()));
    let before = files(&laptop.path().join("results"));
    let (code, text) = merge(laptop.path(), cluster.path());
    assert_eq!(
        (code, text.contains("2 jobs here already")),
        (0, true),
        "{text}"
    );
    assert!(files(&laptop.path().join("results")) == before);
}

#[test]
fn rows_without_job_folders_come_along() {
    let (whole, laptop, cluster) = (
        machine(&["1e-3", "2e-3", "3e-3"]),
        machine(&["1e-3"]),
        machine(&["2e-3", "3e-3"]),
    );
    fs::remove_dir_all(cluster.path().join("results/smoke/jobs")).unwrap();
    // Another folder than the study's own: the note says whose they are.
    let (code, text) = merge(laptop.path(), cluster.path());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("2 published rows taken"), "{text}");
    assert_eq!(table(laptop.path()), table(whole.path()));
    let empty = machine(&[]);
    assert_eq!(merge(empty.path(), laptop.path()).0, 0);
    assert_eq!(table(empty.path()), table(whole.path()));
}

#[test]
fn a_job_that_differs_is_laid_aside_and_named() {
    let (laptop, cluster) = (machine(&["1e-3"]), machine(&["1e-3"]));
    let outcome = jobs(cluster.path()).remove(0).join("outcome.json");
    let text = fs::read_to_string(&outcome).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let loss = value["test"]["loss"]
        .as_f64()
        .or(value["test"]["score"]["loss"].as_f64());
    let loss = loss.unwrap_or_else(|| panic!("{text}")).to_string();
    fs::write(&outcome, text.replace(&loss, "0.123")).unwrap();
    // Sums of it would say that it is damaged.
    fs::remove_file(outcome.with_file_name("sums.b3")).unwrap();
    let ours = files(&laptop.path().join("results/smoke"));
    let (code, text) = merge(laptop.path(), cluster.path());
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("1 job not the same") && text.contains("loss 0.123 there"),
        "{text}"
    );
    assert!(!text.contains("Score"), "{text}");
    assert!(files(&laptop.path().join("results/smoke")) == ours);
    let aside = laptop.path().join("results/.differs/smoke");
    assert_eq!(fs::read_dir(&aside).unwrap().count(), 1);
    let aside = fs::read_dir(&aside)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert!(
        fs::read_to_string(aside.join("outcome.json"))
            .unwrap()
            .contains("0.123")
    );
}

/// A published row is compared, too, whether theirs is a job or a row.
#[test]
fn a_published_row_that_differs_is_named_and_stays() {
    let (laptop, cluster) = (machine(&["1e-3"]), machine(&["1e-3"]));
    let ours = table(laptop.path());
    fs::remove_dir_all(laptop.path().join("results/smoke/jobs")).unwrap();
    let outcome = jobs(cluster.path()).remove(0).join("outcome.json");
    let value: serde_json::Value = serde_json::from_slice(&fs::read(&outcome).unwrap()).unwrap();
    let loss = value["test"]["score"]["loss"].as_f64().unwrap().to_string();
    let text = fs::read_to_string(&outcome).unwrap();
    fs::write(&outcome, text.replace(&loss, "0.123")).unwrap();
    fs::remove_file(outcome.with_file_name("sums.b3")).unwrap();
    let (code, text) = merge(laptop.path(), cluster.path());
    assert!(code == 1 && text.contains("1 job not the same"), "{text}");
    assert_eq!(table(laptop.path()), ours);
    // As a row alone.
    table(cluster.path());
    let study = ["table", "q.toml", "--profile", "smoke"];
    assert_eq!(said(cluster.path(), &study).0, 0);
    fs::remove_dir_all(cluster.path().join("results/smoke/jobs")).unwrap();
    let (code, text) = merge(laptop.path(), cluster.path());
    assert!(code == 1 && text.contains("the published row of"), "{text}");
    assert_eq!(table(laptop.path()), ours);
}

/// Jobs on a corpus of one's own are named by its content, which the note of the study knows where the corpus is not.
#[test]
fn what_a_study_has_read_comes_along() {
    let place = || {
        let folder = tempfile::tempdir().unwrap();
        let text = STUDY
            .replace("task = \"bit-xor\"", "task = \"text\"\n\"task.corpus\" = \"./texts\"\n\"task.context\" = 16\npolicy = \"full\"")
            .replace("1e-3, 2e-3, 3e-3", "1e-3");
        fs::write(folder.path().join("q.toml"), text).unwrap();
        folder
    };
    let (laptop, cluster) = (place(), place());
    let texts = cluster.path().join("texts");
    fs::create_dir(&texts).unwrap();
    for number in 0..3 {
        let text = format!("text number {number} ").repeat(20);
        fs::write(texts.join(format!("{number}.txt")), text).unwrap();
    }
    let (code, text) = said(
        cluster.path(),
        &["study", "q.toml", "--profile", "smoke", "--seeds", "1"],
    );
    assert_eq!(code, 0, "{text}");
    let (code, text) = merge(laptop.path(), cluster.path());
    assert_eq!(code, 0, "{text}");
    assert_eq!(table(laptop.path()), table(cluster.path()));
}

#[test]
fn what_is_broken_off_there_goes_on_here_and_what_is_whole_replaces_what_is_not() {
    let (laptop, cluster) = (machine(&["1e-3", "2e-3"]), machine(&["1e-3", "3e-3"]));
    // Here the first is broken off, there the last.
    let id = |folder: &Path, rate: &str| {
        let (_, text) = said(
            folder,
            &["show", "q.toml", "--profile", "smoke", "--seeds", "1", rate],
        );
        text.split(':').next().unwrap().to_owned()
    };
    let job = |folder: &Path, rate: &str| folder.join("results/smoke/jobs").join(id(folder, rate));
    fs::remove_file(job(laptop.path(), "1e-3").join("outcome.json")).unwrap();
    fs::remove_file(job(cluster.path(), "3e-3").join("outcome.json")).unwrap();
    let held = Hold::try_take(&job(cluster.path(), "3e-3"))
        .unwrap()
        .unwrap();
    let (code, text) = merge(laptop.path(), cluster.path());
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("1 job taken") && text.contains("1 job left, running"),
        "{text}"
    );
    drop(held);
    let (code, text) = merge(laptop.path(), cluster.path());
    assert!(code == 0 && text.contains("1 job taken"), "{text}");
    assert!(job(laptop.path(), "1e-3").join("outcome.json").exists());
    assert!(!job(laptop.path(), "3e-3").join("outcome.json").exists());
}

#[test]
fn what_is_no_folder_of_results_is_refused() {
    let laptop = machine(&["1e-3"]);
    let root = laptop.path();
    for (folder, why) in [
        ("none", "there is no folder"),
        ("results", "would be put into"),
        ("results/smoke", "the folder of a profile"),
        (".", "has one in it"),
    ] {
        let (code, text) = said(root, &["merge", folder]);
        assert_eq!(code, 2, "{folder}: {text}");
        assert!(text.contains(why), "{folder}: {text}");
    }
    fs::create_dir(root.join("empty")).unwrap();
    let (code, text) = said(root, &["merge", "empty"]);
    assert!(code == 2 && text.contains("empty has no results"), "{text}");
    let (code, text) = said(root, &["merge", "empty", "--profile", "smoke"]);
    assert!(code == 2 && text.contains("no results at smoke"), "{text}");
    let newer = root.join("newer/smoke");
    fs::create_dir_all(&newer).unwrap();
    fs::write(newer.join("format.toml"), "version = 99\n").unwrap();
    let (code, text) = said(root, &["merge", "newer"]);
    assert_eq!(code, 2, "{text}");
}

/// A folder's files in a new one.
fn copied(from: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files(from) {
        let there = folder.path().join(path.strip_prefix(from).unwrap_or(&path));
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        fs::write(there, bytes).unwrap();
    }
    folder
}

/// That a job is finished here does not mend it there, and what its sums do not fit is no other result.
#[test]
fn damage_there_is_named_where_the_jobs_are_finished_here() {
    let from = machine(&["1e-3", "2e-3", "3e-3"]);
    let into = copied(from.path());
    let all = jobs(from.path());
    fs::write(all[0].join("outcome.json"), b"").unwrap();
    let outcome = all[1].join("outcome.json");
    let text = fs::read_to_string(&outcome).unwrap();
    fs::write(&outcome, text.replacen("\"loss\": 0", "\"loss\": 1", 1)).unwrap();
    fs::remove_file(all[2].join("job.toml")).unwrap();
    let ours = files(&into.path().join("results"));
    let (code, text) = merge(into.path(), from.path());
    for words in [
        "outcome.json is damaged",
        "sums.b3 notes other bytes",
        "no job.toml",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(code == 1 && text.contains("3 jobs left, damaged"), "{text}");
    assert!(!text.contains("differs"), "{text}");
    assert!(files(&into.path().join("results")) == ours);
}

/// What cannot be read is named, whatever it is, and everything else is merged.
#[test]
fn one_thing_that_cannot_be_read_keeps_nothing_else_back() {
    let (from, other) = (machine(&["1e-3", "2e-3"]), machine(&["3e-3"]));
    let here = from.path();
    let another = STUDY
        .replace("q?", "another?")
        .replace("1e-3, 2e-3, 3e-3", "4e-3");
    fs::write(here.join("p.toml"), another).unwrap();
    let study = ["study", "p.toml", "--profile", "smoke", "--seeds", "1"];
    assert_eq!(said(here, &study).0, 0);
    let unread = jobs(here).remove(0).join("outcome.json");
    for (damaged, bytes) in [("study.toml", &b"["[..]), ("runs.parquet", b"PAR1")] {
        let from = copied(here);
        let unread = from.path().join(unread.strip_prefix(here).unwrap());
        fs::remove_file(&unread).unwrap();
        fs::create_dir(&unread).unwrap();
        fs::write(from.path().join("results/smoke/q").join(damaged), bytes).unwrap();
        let into = machine(&[]);
        let [first, second] = [&from, &other].map(|one| one.path().join("results"));
        let words = ["merge", first.to_str().unwrap(), second.to_str().unwrap()];
        let (code, text) = said(into.path(), &words);
        assert_eq!(code, 1, "{text}");
        let summary = "2 jobs taken, 1 job not taken, rows of 1 study not taken";
        for words in [
            damaged,
            "outcome.json",
            summary,
            "results at smoke: 1 job taken",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(jobs(into.path()).len(), 3, "{text}");
        let results = into.path().join("results");
        assert!(!results.join(".merging").exists(), "{text}");
        assert!(results.join("smoke/p/study.toml").exists(), "{text}");
    }
}

/// Paths in notes are relative to where a folder of results lies.
#[test]
fn a_study_is_found_from_a_folder_at_another_depth() {
    let place = machine(&["1e-3"]);
    let here = place.path();
    let words = ["merge", "results", "--results", "a/b/r"];
    let (code, text) = said(here, &words);
    assert!(
        code == 0 && text.contains("writes its table anew"),
        "{text}"
    );
    let note = fs::read_to_string(here.join("a/b/r/smoke/q/study.toml")).unwrap();
    assert!(
        note.contains(&format!(
            "{}",
            here.canonicalize().unwrap().join("q.toml").display()
        )),
        "{note}"
    );
    // Again there is nothing new.
    let (code, text) = said(here, &words);
    assert!(code == 0 && text.contains("1 job here already"), "{text}");

    // A study of the library, whose results were moved.
    let work = here.join("work");
    fs::create_dir_all(work.join("experiments")).unwrap();
    fs::rename(here.join("q.toml"), work.join("experiments/q.toml")).unwrap();
    fs::rename(here.join("results"), here.join("a/moved")).unwrap();
    let status = ["status", "--profile", "smoke", "--results", "../a/moved"];
    let (code, text) = said(&work, &status);
    assert!(text.contains("q at smoke"), "{code}: {text}");
    // Another question is another study.
    let file = work.join("experiments/q.toml");
    fs::write(&file, STUDY.replace("q?", "another?")).unwrap();
    let (_, text) = said(&work, &status);
    assert!(!text.contains("q at smoke"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_has_not_nothing() {
    let place = machine(&[]);
    let here = place.path();
    fs::create_dir_all(here.join("there/smoke/jobs")).unwrap();
    // As one of another user.
    let odd = here.join("there/smoke/format.toml");
    std::os::unix::fs::symlink("format.toml", &odd).unwrap();
    std::os::unix::fs::symlink("loop", here.join("loop")).unwrap();
    for (folder, named) in [("there", "format.toml"), ("loop", "loop")] {
        let (code, text) = said(here, &["merge", folder]);
        assert!(code == 1 && text.contains(named), "{folder}: {text}");
    }
}
