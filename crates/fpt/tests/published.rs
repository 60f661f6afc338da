//! What is published comes out again: tables, pages, figures and parquet of results/tiny, byte for byte, from
//! the parquet alone.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().into();
            found.insert(name, fs::read(&path).unwrap());
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
            fs::write(into.join(name), bytes).unwrap();
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
