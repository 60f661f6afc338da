//! What a runner relies on: finished means finished, damage is work to be done again, and the
//! study's files do not depend on when or how often they are made.

// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{cells, job, outcome, points, provenance, run};
use evidence::{Cell, Rate};
use results::{JobState, Provenance, ResultsError, Store};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

#[test]
fn a_job_goes_from_absent_to_finished() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = store.job(&job(1).id());
    assert_eq!(
        (folder.state().unwrap(), folder.job().unwrap()),
        (JobState::Absent, None)
    );
    folder.create(&job(1)).unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Started);
    folder.fail("loss is not a number at step 40").unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Failed);
    assert_eq!(
        folder.failure().as_deref(),
        Some("loss is not a number at step 40")
    );
    folder.create(&job(1)).unwrap();
    assert_eq!(
        (folder.state().unwrap(), folder.failure()),
        (JobState::Started, None)
    );
    folder.write_curve(&points()).unwrap();
    folder.finish(&outcome(), &provenance(9)).unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Finished);
    assert_eq!(folder.job().unwrap(), Some(job(1)));
    assert_eq!(folder.outcome().unwrap(), Some(outcome()));
    assert_eq!(folder.provenance().unwrap(), Some(provenance(9)));
    let curve = folder.curve().unwrap().unwrap();
    assert_eq!(
        curve[1].validation_accuracy,
        points()[1].validation_accuracy
    );
    assert!(curve[0].validation_loss.is_nan());
}

#[test]
fn one_process_at_a_time_and_the_next_sweeps_up() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = store.job(&job(1).id());
    let held = folder.lock().unwrap();
    assert!(held.is_some() && folder.lock().unwrap().is_none());
    let left_by_a_kill = folder.path().join(".part-x1");
    fs::write(&left_by_a_kill, "half").unwrap();
    drop(held);
    assert!(folder.lock().unwrap().is_some());
    assert!(!left_by_a_kill.exists());
    // Also below: a body, and what a run goes on from.
    let below = [folder.body_dir(), folder.checkpoint_dir()].map(|below| {
        fs::create_dir(&below).unwrap();
        fs::write(below.join("model.safetensors"), "whole").unwrap();
        let part = below.join(".part-model.safetensors-x1");
        fs::write(&part, "half").unwrap();
        part
    });
    assert!(folder.lock().unwrap().is_some());
    for part in below {
        assert!(!part.exists() && part.with_file_name("model.safetensors").exists());
    }
    // A runner may be writing the settings down, which needs no lock.
    let being_written = folder.path().join(".part-job.toml-x2");
    fs::write(&being_written, "half").unwrap();
    assert!(folder.lock().unwrap().is_some() && being_written.exists());
}

/// Files are read once a process while they stay as they are: what comes after is read all the same.
#[test]
fn what_has_changed_since_it_was_read_is_read_again() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    // What follows is about when files are read; sums would say of each change that it is damage.
    fs::remove_file(folder.path().join("sums.b3")).unwrap();
    let age = |seconds: u64| {
        for entry in fs::read_dir(folder.path()).unwrap() {
            let file = fs::File::options().write(true).open(entry.unwrap().path());
            let then = SystemTime::now() - Duration::from_secs(seconds);
            file.unwrap().set_modified(then).unwrap();
        }
    };
    let cells = &cells()[..1];
    let accuracy = || {
        let rebuilt = results::rebuild(&store, "modality", cells, &[]).unwrap();
        rebuilt.runs[0].test.accuracy
    };
    let path = folder.path().join("outcome.json");
    let text = fs::read_to_string(&path).unwrap();
    let number = |value: f64| serde_json::to_string(&value).unwrap();
    let other = |from: f64, to: f64| text.replace(&number(from), &number(to));
    age(3600);
    let first = accuracy();
    assert_eq!(accuracy(), first);
    // As long, and just now: within a tick of the file system's clock nothing else tells it apart.
    let second = if first == 0.25 { 0.75 } else { 0.25 };
    let changed = other(first, second);
    assert_ne!(changed, text);
    fs::write(&path, &changed).unwrap();
    assert_eq!(accuracy(), second);
    fs::write(&path, &text).unwrap();
    assert_eq!(accuracy(), first);
    // Another folder in its place.
    let aside = folder.path().with_extension("aside");
    fs::rename(folder.path(), &aside).unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Absent);
    fs::rename(&aside, folder.path()).unwrap();
    fs::write(&path, &changed).unwrap();
    age(1800);
    assert_eq!(accuracy(), second);
}

#[test]
fn a_damaged_file_means_not_finished_and_names_the_way_out() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    for name in ["job.toml", "curve.parquet", "outcome.json"] {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        for damage in [
            whole[..whole.len() / 2].to_vec(),
            Vec::new(),
            b"PAR1 none PAR1".to_vec(),
        ] {
            fs::write(&path, damage).unwrap();
            assert_eq!(folder.state().unwrap(), JobState::Started, "{name}");
            let rebuilt = results::rebuild(&store, "modality", &cells()[..1], &[]).unwrap();
            assert_eq!(rebuilt.missing.len(), 1);
        }
        fs::write(&path, whole).unwrap();
        assert_eq!(folder.state().unwrap(), JobState::Finished);
    }
    fs::write(folder.path().join("outcome.json"), "{\"steps\": 20").unwrap();
    let error = folder.outcome().unwrap_err();
    assert!(matches!(error, ResultsError::Damaged { .. }));
    let text = error.to_string();
    assert!(text.contains("outcome.json is damaged"), "{text}");
    assert!(text.ends_with(&format!(
        "delete {} to run it again",
        folder.path().display()
    )));
}

#[test]
fn rebuilding_gives_the_same_rows_and_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    run(&store, 1, 9);
    run(&store, 2, 99);
    let rebuilt = results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    assert_eq!(rebuilt.missing, cells()[2..]);
    let dir = store.study_dir("modality");
    let bytes = || ["runs", "curves"].map(|n| fs::read(dir.join(format!("{n}.parquet"))).unwrap());
    let before = bytes();
    assert_eq!(
        results::read_runs(&dir.join("runs.parquet")).unwrap(),
        rebuilt.runs
    );
    let curves = results::read_curves(&dir.join("curves.parquet")).unwrap();
    assert_eq!(curves.len(), 2);
    assert_eq!(curves[1].cell, cells()[1]);
    assert_eq!(curves[1].points.len(), 2);

    // Another machine, another day, in the other order.
    let elsewhere = tempfile::tempdir().unwrap();
    let store = Store::open(elsewhere.path(), "tiny").unwrap();
    run(&store, 2, 7);
    run(&store, 1, 8);
    results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    let there = store.study_dir("modality");
    let again = ["runs", "curves"].map(|n| fs::read(there.join(format!("{n}.parquet"))).unwrap());
    assert!(before == again, "bytes differ");
}

#[test]
fn a_job_that_is_run_again_is_not_finished_by_its_old_outcome() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    folder.restart().unwrap();
    folder.write_curve(&points()[..1]).unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Started);
}

#[test]
fn published_rows_outlive_their_job_folders() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    run(&store, 1, 9);
    run(&store, 2, 99);
    let published = results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    let file = |name: &str| fs::read(store.study_dir("modality").join(name)).unwrap();
    let names = ["runs.parquet", "curves.parquet", "provenance.parquet"];
    let before = names.map(file);
    fs::remove_dir_all(root.path().join("tiny/jobs")).unwrap();
    // As in a clone, which has the study's files and no job folder.
    let cloned = results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    assert_eq!(
        (&cloned.runs, &cloned.missing),
        (&published.runs, &published.missing)
    );
    assert!(before == names.map(file), "bytes differ");

    // A job that is run again there and interrupted, or fails, takes nothing away.
    store.job(&job(1).id()).create(&job(1)).unwrap();
    results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    assert!(before == names.map(file), "bytes differ");
    store.job(&job(1).id()).fail("no memory").unwrap();
    results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    assert!(before == names.map(file), "bytes differ");

    // Nor does a look at one seed, or at the axes in another order.
    let one = results::rebuild(&store, "modality", &cells()[1..2], &[]).unwrap();
    assert_eq!(one.runs, published.runs[1..2]);
    let mut turned = cells();
    turned.iter_mut().for_each(|cell| cell.axes.reverse());
    let turned = results::rebuild(&store, "modality", &turned, &[]).unwrap();
    assert_eq!(turned.runs.len(), 2);
    results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    assert!(before == names.map(file), "bytes differ");

    // A file that cannot be read is left alone.
    let curves = store.study_dir("modality").join("curves.parquet");
    fs::write(&curves, "half a fi").unwrap();
    let error = results::rebuild(&store, "modality", &cells(), &[]).unwrap_err();
    assert!(matches!(error, ResultsError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&curves).unwrap(), b"half a fi");
}

#[test]
fn what_computed_a_run_is_kept_and_older_rows_do_without() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    run(&store, 1, 9);
    let other = run(&store, 2, 99);
    let parquet = store.study_dir("modality").join("provenance.parquet");
    results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    let without = fs::read(&parquet).unwrap();
    let card = Provenance {
        device: "cuda:1".to_owned(),
        device_name: Some("NVIDIA H100 80GB HBM3".to_owned()),
        driver: Some("NVIDIA 550.54.15".to_owned()),
        log: Some("test: 98.00 %\n\u{fe} <&> end".to_owned()),
        ..provenance(99)
    };
    other.finish(&outcome(), &card).unwrap();
    assert_eq!(other.provenance().unwrap(), Some(card));
    let rebuilt = results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    let kinds: Vec<_> = rebuilt
        .runs
        .iter()
        .map(|run| run.device.as_deref())
        .collect();
    assert_eq!(kinds, [Some("flex"), Some("cuda")]);

    // Read back in a clone, and written again, with and without the columns.
    fs::remove_dir_all(root.path().join("tiny/jobs")).unwrap();
    let with = fs::read(&parquet).unwrap();
    assert_ne!(with, without);
    for bytes in [with, without] {
        fs::write(&parquet, &bytes).unwrap();
        results::rebuild(&store, "modality", &cells(), &[]).unwrap();
        assert!(fs::read(&parquet).unwrap() == bytes);
    }
}

#[test]
fn committed_results_stay_byte_for_byte() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/tiny");
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    for study in ["modality", "protocol", "protocol-change"] {
        let names = ["runs", "curves", "tests", "provenance"].map(|name| format!("{name}.parquet"));
        let file = |dir: &Path| {
            names
                .each_ref()
                .map(|name| fs::read(dir.join(name)).unwrap())
        };
        let (from, to) = (committed.join(study), store.study_dir(study));
        fs::create_dir_all(&to).unwrap();
        for name in &names {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
        let runs = results::read_runs(&to.join("runs.parquet")).unwrap();
        let cells: Vec<Cell> = runs.iter().map(|run| run.cell.clone()).collect();
        let rebuilt = results::rebuild(&store, study, &cells, &[]).unwrap();
        assert_eq!((rebuilt.runs, rebuilt.missing), (runs, Vec::new()));
        assert!(file(&from) == file(&to), "{study}: bytes differ");
    }
}

#[test]
fn an_empty_study_and_a_foreign_file() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let rebuilt = results::rebuild(&store, "modality", &cells(), &[]).unwrap();
    assert_eq!(rebuilt.missing.len(), 3);
    let runs = store.study_dir("modality").join("runs.parquet");
    assert!(results::read_runs(&runs).unwrap().is_empty());
    fs::write(&runs, "step,loss\n1,2\n").unwrap();
    assert!(matches!(
        results::read_runs(&runs),
        Err(ResultsError::Damaged { .. })
    ));
}

/// Rates on trial stand among the axes in a file; read back, each row knows its own again, also those of
/// seeds that are not asked for.
#[test]
fn rates_on_trial_come_back_as_rates() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    run(&store, 1, 9);
    run(&store, 2, 99);
    let mut tried = cells();
    for (cell, rate) in tried.iter_mut().zip([1e-3, 3e-4, 1e-2]) {
        cell.rate = Some(Rate(rate));
    }
    let published = results::rebuild(&store, "protocol", &tried, &[]).unwrap();
    assert_eq!(published.runs[1].cell.rate, Some(Rate(3e-4)));
    let path = store.study_dir("protocol").join("runs.parquet");
    let plain = results::read_runs(&path).unwrap();
    let last = plain[1].cell.axes.last().unwrap();
    assert_eq!(last, &("learning-rate".to_owned(), "3e-4".to_owned()));
    let before = fs::read(&path).unwrap();
    fs::remove_dir_all(root.path().join("tiny/jobs")).unwrap();
    let one = results::rebuild(&store, "protocol", &tried[..1], &[]).unwrap();
    assert_eq!(one.runs, published.runs[..1]);
    let again = results::rebuild(&store, "protocol", &tried, &[]).unwrap();
    assert_eq!(again.runs, published.runs);
    assert!(before == fs::read(&path).unwrap(), "bytes differ");
}
