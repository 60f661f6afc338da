//! Curves for programs of others, from results without job folders.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

#[path = "common/said.rs"]
mod said;
mod support;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use support::{files, fpt, run, study};

const EVENTS: &str = "events.out.tfevents.0.fpt";

/// Exit code, stdout and stderr.
fn export(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    said::said(
        folder,
        &[&["export-curves", "--seeds", "1"], arguments].concat(),
    )
}

/// A folder with a study that has run, without job folders.
fn published() -> tempfile::TempDir {
    let folder = study(40);
    assert!(run(folder.path()).status().unwrap().success());
    fs::remove_dir_all(folder.path().join("results/smoke/jobs")).unwrap();
    folder
}

#[test]
fn a_study_s_curves_come_out_the_same_each_time_and_no_result_is_written() {
    let folder = published();
    let root = folder.path();
    let before = files(&root.join("results"));
    let (code, table, error) = export(root, &["q.toml"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(export(root, &["q.toml", "--csv", "-"]).1, table);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with(
        "run,pretraining,task,learning_rate,replicate,pilot,seed,job,step,train_loss"
    ));
    let name = lines[1].split(',').next().unwrap();
    assert!(name.starts_with("random_bit-xor_r1_"), "{name}");
    assert!(
        lines[1].ends_with(",,") && !lines[2].ends_with(','),
        "{table}"
    );

    let both = ["q.toml", "--tensorboard", "a", "--csv", "curves.csv"];
    let (code, said, _) = export(root, &both);
    assert_eq!(code, 0);
    assert!(
        said.contains("a: 1 runs; `tensorboard --logdir a`"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(root.join("curves.csv")).unwrap(), table);
    let events = fs::read(root.join("a").join(name).join(EVENTS)).unwrap();
    assert_eq!(files(&root.join("a")).len(), 1);
    // Again, over what is there, and elsewhere; a table on stdout has nothing else beside it.
    let (_, said, _) = export(root, &["q.toml", "--tensorboard", "a", "--csv", "-"]);
    assert_eq!(said, table);
    assert_eq!(export(root, &["q.toml", "--tensorboard", "b"]).0, 0);
    for dir in ["a", "b"] {
        let again: Vec<Vec<u8>> = files(&root.join(dir)).into_values().collect();
        assert_eq!(again, std::slice::from_ref(&events));
    }
    assert_eq!(files(&root.join("results")), before);

    // What is known of the time is in provenance.parquet; the numbers do without.
    fs::remove_file(root.join("results/smoke/q/provenance.parquet")).unwrap();
    assert_eq!(export(root, &["q.toml", "--tensorboard", "b"]).0, 0);
    let untimed = fs::read(root.join("b").join(name).join(EVENTS)).unwrap();
    // Nine bytes of each of three events are the time.
    assert_eq!(untimed.len() + 3 * 9, events.len());
}

#[test]
fn what_cannot_be_exported_is_said_and_nothing_is_written() {
    let folder = published();
    let root = folder.path();
    let is_refused = |arguments: &[&str], code: i32, says: &str| {
        let (found, _, error) = export(root, arguments);
        assert_eq!(found, code, "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
        assert!(!root.join("curves.csv").exists());
    };
    is_refused(&["nothing"], 2, "there is no study");
    let both = ["q.toml", "--csv", "curves.csv", "--tensorboard"];
    fs::write(root.join("file"), b"mine").unwrap();
    is_refused(&[&both[..], &["file"]].concat(), 2, "is no folder");
    is_refused(&["q.toml", "--csv", "results"], 2, "is a folder");
    is_refused(
        &["q.toml", "--csv", "no/where.csv"],
        2,
        "there is no folder",
    );

    // Somebody's events in the folder of a run would be taken for that run's; elsewhere they are only named.
    assert_eq!(export(root, &["q.toml", "--tensorboard", "a"]).0, 0);
    let ours = files(&root.join("a")).into_keys().next().unwrap();
    let theirs = ours.with_file_name("events.out.tfevents.1.host");
    fs::write(&theirs, b"theirs").unwrap();
    is_refused(
        &[&both[..], &["a"]].concat(),
        2,
        "events.out.tfevents.1.host is not of this program",
    );
    fs::create_dir_all(root.join("a/torch")).unwrap();
    fs::rename(&theirs, root.join("a/torch/events.out.tfevents.1.host")).unwrap();
    fs::create_dir_all(root.join("a/gone")).unwrap();
    fs::copy(&ours, root.join("a/gone").join(EVENTS)).unwrap();
    let (code, _, said) = export(root, &["q.toml", "--tensorboard", "a"]);
    assert_eq!(code, 0);
    assert!(
        said.contains("event files of other programs (1, such as a/torch/"),
        "{said}"
    );
    assert!(
        said.contains("runs of an earlier export (1, such as a/gone)"),
        "{said}"
    );
    assert_eq!(files(&root.join("a")).len(), 3);

    let curves = root.join("results/smoke/q/curves.parquet");
    fs::write(&curves, b"PAR1 and no more").unwrap();
    is_refused(&both[..3], 1, "curves.parquet is damaged");
    fs::remove_dir_all(root.join("results")).unwrap();
    is_refused(
        &both[..3],
        2,
        "run `fpt study q.toml --profile smoke` first",
    );
    assert!(!root.join("results").exists());
}

/// Also jobs of a look that is not complete, which tables leave out.
#[test]
fn every_published_point_is_exported() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for study in ["modality", "bodies", "protocol", "protocol-change"] {
        let mut command = fpt(&workspace, &["export-curves", study]);
        let output = command.stdout(Stdio::piped()).output().unwrap();
        let table = String::from_utf8(output.stdout).unwrap();
        let curves = workspace.join(format!("results/tiny/{study}/curves.parquet"));
        let curves = results::read_curves(&curves).unwrap();
        let points: usize = curves.iter().map(|curve| curve.points.len()).sum();
        assert!(points > 400, "{study}");
        assert_eq!(table.lines().count(), points + 1, "{study}");
        for curve in curves {
            let job = format!(",{},", curve.cell.job.0);
            let lines = table.lines().filter(|line| line.contains(&job));
            assert_eq!(lines.count(), curve.points.len(), "{study}: {job}");
        }
    }
}
