//! Files that somebody else has written, changed or broken: each is named with a way out, and nothing of
//! it is lost.
// Helpers of tests are tests, which clippy cannot see.
#![allow(clippy::unwrap_used)]

mod common;

use common::{cells, job, points, run};
use results::{JobFolder, JobState, ResultsError, Store};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const STUDY: &str = "modality";
const FILES: [&str; 4] = ["runs", "curves", "tests", "provenance"];

fn published() -> (TempDir, Store) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    run(&store, 1, 9);
    results::rebuild(&store, STUDY, &cells(), &[]).unwrap();
    fs::remove_dir_all(store.folder().join("jobs")).unwrap();
    (root, store)
}

fn file(store: &Store, name: &str) -> PathBuf {
    store.study_dir(STUDY).join(format!("{name}.parquet"))
}

fn rebuild(store: &Store) -> Result<usize, ResultsError> {
    results::rebuild(store, STUDY, &cells(), &[]).map(|rebuilt| rebuilt.runs.len())
}

fn all(store: &Store) -> [Vec<u8>; 4] {
    FILES.map(|name| fs::read(file(store, name)).unwrap())
}

#[test]
fn a_damaged_byte_of_any_file_is_an_error_that_names_it_or_another_value() {
    let (_root, store) = published();
    for name in FILES {
        let path = file(&store, name);
        let whole = fs::read(&path).unwrap();
        let mut refused = 0;
        // Every byte takes a minute.
        for index in (0..whole.len()).step_by(3) {
            let mut bytes = whole.clone();
            bytes[index] ^= 1 << (index % 8);
            fs::write(&path, bytes).unwrap();
            // Reading alone: what was read as another value would be written again.
            match results::seeds(&store, STUDY) {
                Ok(_) => {}
                Err(error) => {
                    let text = error.to_string();
                    assert!(
                        text.contains(&format!("{name}.parquet")),
                        "byte {index}: {text}"
                    );
                    refused += 1;
                }
            }
        }
        assert!(refused > 0, "{name}");
        for length in (0..whole.len()).step_by(17) {
            fs::write(&path, &whole[..length]).unwrap();
            let error = rebuild(&store).unwrap_err();
            let text = error.to_string();
            assert!(
                text.contains(&format!("{name}.parquet is damaged"))
                    && text.contains("put it back"),
                "{length} bytes: {text}"
            );
            assert_eq!(fs::read(&path).unwrap(), whole[..length]);
        }
        fs::write(&path, whole).unwrap();
        assert_eq!(rebuild(&store).unwrap(), 1);
    }
}

/// What a published job has lost would pass for what it never had.
#[test]
fn files_that_lack_what_their_neighbours_have_are_refused_and_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    for seed in [1, 2] {
        let folder = store.job(&job(seed).id());
        folder.create(&job(seed)).unwrap();
        folder.write_curve(&points()).unwrap();
        let outcome = training::Outcome {
            diverged: None,
            ..common::outcome()
        };
        folder.finish(&outcome, &common::provenance(9)).unwrap();
    }
    assert_eq!(rebuild(&store).unwrap(), 2);
    let curves = file(&store, "curves");
    let bytes = fs::read(&curves).unwrap();
    // What the jobs' folders have is no loss.
    fs::remove_file(&curves).unwrap();
    assert_eq!(rebuild(&store).unwrap(), 2);
    assert!(fs::read(&curves).unwrap() == bytes);
    fs::remove_dir_all(store.folder().join("jobs")).unwrap();
    fs::remove_file(&curves).unwrap();
    let errors = [
        rebuild(&store).unwrap_err(),
        results::Known::of(&store, STUDY).unwrap_err(),
    ];
    for error in errors.map(|error| error.to_string()) {
        let is_named = error.contains("curves.parquet is damaged");
        assert!(is_named && error.contains("put it back"), "{error}");
    }
    assert!(!curves.exists());
    fs::write(&curves, bytes).unwrap();
    assert_eq!(rebuild(&store).unwrap(), 2);
}

/// A merge that was killed behind the first of its files is made good by the next one, and is no conflict.
#[test]
fn rows_that_were_taken_by_half_are_taken_again() {
    let (_from, from) = published();
    let root = tempfile::tempdir().unwrap();
    let into = Store::open(root.path(), "tiny").unwrap();
    let take = || {
        let taken = results::take_rows(&from, &into, STUDY).unwrap();
        (taken.rows, taken.both.len())
    };
    assert_eq!(take(), (1, 0));
    let apart = |name: &str| into.study_dir(STUDY).join(format!("apart/{name}.parquet"));
    let whole = FILES.map(|name| fs::read(apart(name)).unwrap());
    assert_eq!(take(), (0, 1));
    for name in ["curves", "tests", "provenance", "measures"] {
        let _ = fs::remove_file(apart(name));
    }
    assert_eq!(take(), (1, 0));
    assert!(FILES.map(|name| fs::read(apart(name)).unwrap()) == whole);
    // Curves whose run is gone would go with the next writing.
    fs::remove_file(apart("runs")).unwrap();
    let root = tempfile::tempdir().unwrap();
    let other = Store::open(root.path(), "tiny").unwrap();
    run(&other, 2, 9);
    assert_eq!(rebuild(&other).unwrap(), 1);
    let error = results::take_rows(&other, &into, STUDY).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("runs.parquet is damaged"), "{error}");
    assert!(fs::read(apart("curves")).unwrap() == whole[1]);
}

/// The number of the schema is one digit of each file's metadata.
fn newer(bytes: &[u8]) -> Vec<u8> {
    let key = b"fpt.schema";
    let at = bytes
        .windows(key.len())
        .position(|window| window == key)
        .unwrap();
    let digit = bytes[at..].iter().position(|byte| *byte == b'1').unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at + digit] = b'2';
    bytes
}

#[test]
fn any_file_of_a_newer_version_is_refused_before_anything_is_written() {
    let (_root, store) = published();
    run(&store, 2, 9);
    for name in FILES {
        let path = file(&store, name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, newer(&whole)).unwrap();
        let before = all(&store);
        let error = rebuild(&store).unwrap_err();
        let text = error.to_string();
        assert!(
            error.is_newer() && text.contains(name) && text.contains("--results"),
            "{text}"
        );
        assert!(all(&store) == before, "{name}: something was written");
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(rebuild(&store).unwrap(), 2);
}

#[test]
fn what_a_newer_version_left_of_a_job_is_not_run_over() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    let json = |name: &'static str, from: &'static str, to: &'static str| {
        (
            name,
            Box::new(move |bytes: &[u8]| {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                assert!(text.contains(from), "{text}");
                text.replacen(from, to, 1).into_bytes()
            }) as Box<dyn Fn(&[u8]) -> Vec<u8>>,
        )
    };
    let cases = [
        json("outcome.json", "{", "{\"format\": 2,"),
        json(
            "outcome.json",
            "\"accuracy\"",
            "\"calibration\": [1], \"accuracy\"",
        ),
        json("outcome.json", "\"attention\"", "\"adapters\""),
        json(
            "outcome.json",
            "\"steps\": 200",
            "\"steps\": {\"taken\": 200}",
        ),
        json("provenance.json", "{", "{\"host\": \"x\","),
        json("job.toml", "seed", "format = 2\nseed"),
        json("job.toml", "batch-size", "gradient-noise = 1\nbatch-size"),
        json("job.toml", "kind = \"constant\"", "kind = \"spiral\""),
        ("curve.parquet", Box::new(|bytes: &[u8]| newer(bytes))),
    ];
    for (name, change) in cases {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        let changed = change(&whole);
        fs::write(&path, &changed).unwrap();
        let error = folder.state().unwrap_err();
        let text = error.to_string();
        assert!(
            error.is_newer() && text.contains(name) && text.contains("update"),
            "{text}"
        );
        // Whoever would run it again anyway is stopped.
        if name == "job.toml" {
            assert!(folder.create(&job(1)).unwrap_err().is_newer());
        } else {
            assert!(folder.restart().unwrap_err().is_newer());
        }
        let rebuilt = results::rebuild(&store, STUDY, &cells()[..1], &[]).unwrap();
        assert_eq!((rebuilt.missing.len(), rebuilt.unread.len()), (1, 1));
        assert_eq!(fs::read(&path).unwrap(), changed);
        fs::write(&path, whole).unwrap();
        assert_eq!(folder.state().unwrap(), JobState::Finished);
    }
}

/// Half of the settings may be TOML, too: they end with the body, and are whole with it.
#[test]
fn settings_are_whole_where_their_last_table_is_there() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    let path = folder.path().join("job.toml");
    let text = fs::read_to_string(&path).unwrap();
    let last = text.rfind("\n[").unwrap() + 1;
    assert!(text[last..].starts_with("[body]"), "{text}");
    for length in 0..last {
        fs::write(&path, &text[..length]).unwrap();
        let error = folder.job().unwrap_err();
        assert!(
            matches!(error, ResultsError::Damaged { .. }),
            "{length} bytes: {error}"
        );
    }
    // Not only what a parser calls unknown: of another type, and without what is needed today.
    for (from, to) in [
        ("batch-size = 16", "batch-size = [16, 32]"),
        ("batch-size = 16\n", ""),
        ("policy = \"fpt\"\n", ""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        fs::write(&path, &changed).unwrap();
        assert!(folder.job().unwrap_err().is_newer(), "{changed}");
        assert!(folder.create(&job(1)).unwrap_err().is_newer());
        assert_eq!(fs::read_to_string(&path).unwrap(), changed);
    }
}

#[test]
fn damage_is_set_aside_when_the_job_is_run_again() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    for name in ["outcome.json", "curve.parquet", "provenance.json"] {
        let folder = run(&store, 1, 9);
        let path = folder.path().join(name);
        let half = fs::read(&path).unwrap();
        let half = &half[..half.len() / 2];
        fs::write(&path, half).unwrap();
        folder.restart().unwrap();
        let aside = folder.path().join(format!("{name}.damaged"));
        assert_eq!(fs::read(aside).unwrap(), half);
        assert_eq!(folder.state().unwrap(), JobState::Started);
        folder.write_curve(&points()).unwrap();
    }
}

/// As root reads everything, a folder stands for a file that cannot be read.
#[test]
fn a_file_that_cannot_be_read_is_not_one_that_is_not_there() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    let says = |name: &str, error: ResultsError| {
        let text = error.to_string();
        assert!(
            matches!(error, ResultsError::Io { .. }) && text.contains(name),
            "{text}"
        );
    };
    for name in [
        "job.toml",
        "outcome.json",
        "curve.parquet",
        "provenance.json",
    ] {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        in_its_place(&path, |_| {
            says(name, folder.state().unwrap_err());
            says(
                name,
                results::rebuild(&store, STUDY, &cells(), &[]).unwrap_err(),
            );
        });
        fs::write(&path, whole).unwrap();
    }
    let (_root, store) = published();
    for name in FILES {
        let path = file(&store, name);
        let whole = fs::read(&path).unwrap();
        in_its_place(&path, |_| says(name, rebuild(&store).unwrap_err()));
        fs::write(&path, whole).unwrap();
    }
}

fn in_its_place(path: &Path, look: impl FnOnce(&Path)) {
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    look(path);
    fs::remove_dir(path).unwrap();
}

#[test]
fn settings_changed_by_hand_do_not_pass_for_the_job_s() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder: JobFolder = run(&store, 1, 9);
    let path = folder.path().join("job.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("batch-size = 16", "batch-size = 32")).unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Started);
    let rebuilt = results::rebuild(&store, STUDY, &cells()[..1], &[]).unwrap();
    assert!(rebuilt.runs.is_empty() && rebuilt.unread[0].to_string().contains("by hand"));
    // Whose outcome it is, nobody knows: the folder may be a copy of another job's.
    folder.create(&job(1)).unwrap();
    assert_eq!(folder.state().unwrap(), JobState::Started);
    assert!(folder.path().join("outcome.json.damaged").is_file());
}

/// A copied folder, or one whose name was changed.
#[test]
fn a_job_does_not_go_on_from_the_checkpoint_of_another() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    fs::remove_file(folder.path().join("outcome.json")).unwrap();
    fs::create_dir(folder.checkpoint_dir()).unwrap();
    fs::write(folder.checkpoint_dir().join("state.json"), "{}").unwrap();
    fs::write(folder.path().join("seconds"), "7").unwrap();
    for _ in 0..2 {
        folder.create(&job(2)).unwrap();
        assert!(!folder.checkpoint_dir().exists() && folder.curve().unwrap().is_none());
        assert!(!folder.path().join("seconds").exists());
        let aside = folder.path().join("checkpoint.damaged/state.json");
        assert_eq!(fs::read_to_string(aside).unwrap(), "{}");
        // And again, with one set aside before.
        folder.create(&job(1)).unwrap();
        fs::create_dir(folder.checkpoint_dir()).unwrap();
        fs::write(folder.checkpoint_dir().join("state.json"), "{}").unwrap();
    }
    // Its own it keeps.
    folder.create(&job(1)).unwrap();
    assert!(folder.checkpoint_dir().exists());
}

#[test]
fn a_list_of_sums_does_not_reach_out_of_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path(), "tiny").unwrap();
    let folder = run(&store, 1, 9);
    let list = folder.path().join("sums.b3");
    let other = folder.path().with_file_name("other");
    fs::write(&other, "changed").unwrap();
    let own = fs::read_to_string(&list).unwrap();
    for name in ["../other", "/etc/hostname", "", "."] {
        let zeros = "0".repeat(64);
        fs::write(&list, format!("{zeros}  {name}\n{own}")).unwrap();
        assert_eq!(folder.altered().unwrap().unwrap(), ["sums.b3"], "{name}");
    }
    folder
        .set_aside(&folder.altered().unwrap().unwrap())
        .unwrap();
    assert_eq!(fs::read_to_string(other).unwrap(), "changed");
}
