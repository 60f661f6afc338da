//! Synthetic proteins in both of TAPE's formats, as `scripts/golden_tape.py` wrote them.

use flate2::read::GzDecoder;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tasks::{DataDir, Form, Inputs, Split, Task, TaskError, View};
use toml::{Table, toml};

const SPLITS: [(&str, usize); 5] = [
    ("train", 40),
    ("valid", 11),
    ("test_fold_holdout", 7),
    ("test_superfamily_holdout", 8),
    ("test_family_holdout", 9),
];

const WRITES: &str = "the fixture unpacks into a temporary folder";

/// How a split lies in the folder.
#[derive(Clone, Copy)]
enum As {
    LmdbFolder,
    LmdbFile,
    Json,
    JsonPacked,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../data/tests/fixtures/tape")
        .join(name)
}

fn unpack(name: &str, into: &Path) {
    let mut packed = GzDecoder::new(File::open(fixture(name)).expect(WRITES));
    io::copy(&mut packed, &mut File::create(into).expect(WRITES)).expect(WRITES);
}

fn folder(kind: As) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect(WRITES);
    let folder = root.path().join("homology");
    fs::create_dir(&folder).expect(WRITES);
    for (split, _) in SPLITS {
        let name = format!("remote_homology_{split}");
        let (lmdb, json) = (format!("{name}.lmdb"), format!("{name}.json"));
        match kind {
            As::LmdbFolder => {
                fs::create_dir(folder.join(&lmdb)).expect(WRITES);
                unpack(&format!("{lmdb}.gz"), &folder.join(&lmdb).join("data.mdb"));
            }
            As::LmdbFile => unpack(&format!("{lmdb}.gz"), &folder.join(&lmdb)),
            As::Json => unpack(&format!("{json}.gz"), &folder.join(&json)),
            As::JsonPacked => {
                let packed = format!("{json}.gz");
                fs::copy(fixture(&packed), folder.join(&packed)).expect(WRITES);
            }
        }
    }
    root
}

fn open(root: &Path, settings: &Table, form: Form) -> Result<Box<dyn Task>, TaskError> {
    tasks::open("homology", settings, form, &DataDir::new(root))
}

#[test]
fn every_format_gives_the_same_task() {
    for form in [Form::Paper, Form::Fair] {
        let opened = [As::LmdbFolder, As::LmdbFile, As::Json, As::JsonPacked]
            .map(|kind| open(folder(kind).path(), &Table::new(), form).unwrap());
        for other in &opened[1..] {
            assert_eq!(other.batch(1, 3, 40), opened[0].batch(1, 3, 40));
            assert_eq!(other.data_checksum(), opened[0].data_checksum());
            for test in 0..opened[0].tests().len() {
                let all = 0..opened[0].len(Split::Test(test));
                let examples = |task: &dyn Task| task.examples(Split::Test(test), all.clone());
                assert_eq!(examples(&**other), examples(&*opened[0]));
            }
        }
    }
}

#[test]
fn the_fair_form_validates_on_valid_and_tests_on_what_was_held_out() {
    let root = folder(As::LmdbFolder);
    let task = open(root.path(), &Table::new(), Form::Fair).unwrap();
    assert_eq!(
        task.tests(),
        ["fold-holdout", "superfamily-holdout", "family-holdout"]
    );
    assert_eq!([0, 1, 2].map(|test| task.len(Split::Test(test))), [7, 8, 9]);
    assert_eq!(
        (task.stored().unwrap().count(), task.len(Split::Validation)),
        (40, 11)
    );
    let shape = task.shape();
    assert_eq!((shape.tokens, shape.readout.classes), (1024, 1195));
    assert_eq!(shape.inputs, Inputs::Tokens { vocabulary: 30 });
    let validation = task.examples(Split::Validation, 0..11);
    // The script's first record of a split has the last fold.
    assert_eq!(validation.targets[0], 1194);
    assert!(
        validation
            .ids
            .chunks(1024)
            .all(|ids| ids[1023] == 3 && ids.contains(&2))
    );
    assert_eq!(task.stored().unwrap().gather(&[0]).targets, [1194]);
    for test in 0..3 {
        let floors = task.floors(test);
        assert_eq!(floors.len(), 2);
        assert!(
            floors
                .iter()
                .all(|floor| (0.0..=1.0).contains(&floor.accuracy))
        );
    }
    let View::Symbols(symbols) = task.view() else {
        panic!()
    };
    assert_eq!(symbols.len(), 30);
}

#[test]
fn the_paper_form_tests_on_valid_and_leaves_long_proteins_out() {
    let root = folder(As::Json);
    let task = open(root.path(), &Table::new(), Form::Paper).unwrap();
    let names = [
        "valid",
        "fold-holdout",
        "superfamily-holdout",
        "family-holdout",
    ];
    assert_eq!(task.tests(), names);
    assert_eq!(
        [0, 1, 2, 3].map(|test| task.len(Split::Test(test))),
        [11, 7, 8, 9]
    );
    assert_eq!(task.shape().readout.classes, 1200);
    // Fewer than 700 training examples: the curve looks at all of them.
    assert_eq!(
        (task.stored().unwrap().count(), task.len(Split::Validation)),
        (40, 40)
    );
    let valid = task.examples(Split::Test(0), 0..11);
    assert!(
        valid
            .ids
            .chunks(1024)
            .all(|ids| ids[0] == 2 && ids[1023] == 0)
    );
    // Sequences of 200 residues are longer.
    let short = open(root.path(), &toml! { tokens = 201 }, Form::Paper).unwrap();
    assert!(short.stored().unwrap().count() < 40);
    let cut = open(root.path(), &toml! { tokens = 201 }, Form::Fair).unwrap();
    assert_eq!(cut.stored().unwrap().count(), 40);
}

#[test]
fn missing_and_damaged_files_are_named() {
    let root = folder(As::LmdbFolder);
    let path = root
        .path()
        .join("homology/remote_homology_valid.lmdb/data.mdb");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = open(root.path(), &Table::new(), Form::Fair)
        .err()
        .unwrap()
        .to_string();
    for part in [
        "remote_homology_valid.lmdb/data.mdb",
        "expected",
        "fpt fetch homology",
    ] {
        assert!(error.contains(part), "{error}");
    }
    fs::remove_dir_all(root.path().join("homology/remote_homology_train.lmdb")).unwrap();
    let error = open(root.path(), &Table::new(), Form::Fair).err().unwrap();
    assert!(error.is_missing(), "{error}");
    let error = error.to_string();
    for part in ["remote_homology_train.json", "remote_homology_train.lmdb"] {
        assert!(error.contains(part), "{error}");
    }
}
