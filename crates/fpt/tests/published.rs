//! What is published comes out again: tables, pages, figures and parquet of results/tiny, byte for byte, from
//! the parquet alone.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file of a folder, at any depth, by its place there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        match path.is_dir() {
            true => {
                let inside = files(&path).into_iter();
                found.extend(inside.map(|(inner, bytes)| (name.join(inner), bytes)));
            }
            false => drop(found.insert(name, fs::read(&path).unwrap())),
        }
    }
    found
}

#[test]
fn published_tables_and_figures_come_out_again_and_parquet_is_left_alone() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let published = workspace.join("results/tiny");
    let copy = tempfile::tempdir().unwrap();
    let mut studies = 0;
    for entry in fs::read_dir(&published).unwrap() {
        let from = entry.unwrap().path();
        if !from.join("runs.parquet").is_file() {
            continue;
        }
        let name = from.file_name().unwrap();
        let into = copy.path().join("tiny").join(name);
        fs::create_dir_all(&into).unwrap();
        let before = files(&from);
        for (name, bytes) in before.iter().filter(|(name, _)| {
            let kind = name.extension().unwrap_or_default();
            kind == "parquet"
        }) {
            let path = into.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        assert_cmd::Command::cargo_bin("fpt")
            .unwrap()
            .current_dir(&workspace)
            .args(["table", name.to_str().unwrap(), "--results"])
            .arg(copy.path())
            .assert()
            .success();
        let after = files(&into);
        for (name, bytes) in &before {
            let same = after.get(name) == Some(bytes);
            assert!(same, "{} differs", from.join(name).display());
        }
        studies += 1;
    }
    assert!(studies >= 3, "{studies} studies are published");
    assert_cmd::Command::cargo_bin("fpt")
        .unwrap()
        .current_dir(&workspace)
        .args(["report", "--results"])
        .arg(copy.path())
        .assert()
        .success();
    let page = |folder: &Path| fs::read(folder.join("report.html")).unwrap();
    let same = page(&published) == page(&copy.path().join("tiny"));
    assert!(same, "results/tiny/report.html differs");
}

/// What an axis of a study's own may be called is known where studies are read, and columns where they are written.
#[test]
fn no_axis_may_be_called_as_a_column_is() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = fs::read_to_string(workspace.join("results/tiny/modality/table.csv")).unwrap();
    let curves = assert_cmd::Command::cargo_bin("fpt")
        .unwrap()
        .current_dir(&workspace)
        .args(["export-curves", "modality"])
        .output()
        .unwrap();
    let curves = String::from_utf8(curves.stdout).unwrap();
    let heads = [table, curves].map(|text| text.lines().next().unwrap().to_owned());
    let columns = heads.iter().flat_map(|head| head.split(','));
    let columns = columns.filter(|column| !["pretraining", "task"].contains(column));
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for column in columns {
        let study = format!(
            "question = \"q\"\n[axes]\n{column} = [\"a\"]\ntask = [\"bit-xor\"]\n[variants.{column}]\na = {{ policy = \"fpt\" }}\n\
             [table]\nrows = \"{column}\"\ncolumns = \"task\"\n"
        );
        fs::write(folder.path().join("q.toml"), study).unwrap();
        let output = assert_cmd::Command::cargo_bin("fpt")
            .unwrap()
            .current_dir(folder.path())
            .args(["plan", "q.toml", "--profile", "smoke"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{column}");
        assert!(said.contains("no axis can be called"), "{column}: {said}");
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

/// In a clone no job has a folder: an id that a table or `fpt show` told leads to its row.
#[test]
fn ids_of_published_jobs_lead_to_their_rows() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results");
    let folder = tempfile::tempdir().unwrap();
    let fpt = |line: &[&str]| {
        let output = assert_cmd::Command::cargo_bin("fpt")
            .unwrap()
            .current_dir(folder.path())
            .args(line)
            .arg("--results")
            .arg(&results)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    for words in [
        &["show", "learning-rate", "frozen random", "1e-3"][..],
        &["show", "modality", "pretraining", "image"],
    ] {
        let (code, said) = fpt(words);
        assert_eq!(code, Some(0), "{said}");
        let (id, title) = said.lines().next().unwrap().split_once("  ").unwrap();
        let title = title.split(':').next().unwrap();
        let (code, said) = fpt(&["show", id]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(&format!("{id}: {title}")), "{said}");
        assert!(said.contains("published"), "{said}");
        let (code, said) = fpt(&["explain", &id[..8]]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("its numbers are published"), "{said}");
        let (code, said) = fpt(&["export", id, "body"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("`fpt run") && said.contains(id), "{said}");
        let (code, said) = fpt(&["rm", id]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("--all removes them"), "{said}");
    }
    // The body of a look that no first look asks for, and a row of it.
    for (line, expected) in [
        (
            &["show", "5e269759f5a6fdd9"][..],
            "pretraining text, seed 8",
        ),
        (&["explain", "5e269759f5a6fdd9"], "its body is not here"),
        (
            &["explain", "92306a640df54605"],
            "looks after the first are not trained again",
        ),
    ] {
        let (code, said) = fpt(line);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}
