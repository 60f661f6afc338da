//! The real data, read from the folder named by `FPT_DATA`; skipped where it is not set.

use std::fs;
use tasks::{Batch, DataDir, Form, Split, Task, TaskError};
use toml::Table;

fn data() -> Option<DataDir> {
    let folder = std::env::var_os("FPT_DATA")?;
    Some(DataDir::new(folder))
}

fn open(name: &str, form: Form) -> Option<Box<dyn Task>> {
    let task = data().map(|data| tasks::open(name, &Table::new(), form, &data));
    match task {
        Some(Err(TaskError::MissingData { .. })) | None => {
            skipped(name);
            None
        }
        Some(task) => Some(task.expect("data that is there opens")),
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(name: &str) {
    eprintln!("skipped: FPT_DATA names no folder with {name}");
}

fn whole(task: &dyn Task, split: Split) -> Batch {
    task.examples(split, 0..task.len(split))
}

#[test]
fn mnist_is_the_known_set() {
    let Some(paper) = open("mnist", Form::Paper) else {
        return;
    };
    // One epoch is every training image once, in some order.
    let train = paper.batch(1, 0, 60_000);
    let count = train.features.len() as f64;
    let mean = train
        .features
        .iter()
        .map(|value| f64::from(*value))
        .sum::<f64>()
        / count;
    let square = train
        .features
        .iter()
        .map(|value| f64::from(*value).powi(2))
        .sum::<f64>()
        / count;
    assert_eq!(count as usize, 60_000 * 784);
    assert!((mean - 0.1307).abs() < 0.001, "{mean}");
    assert!(((square - mean * mean).sqrt() - 0.3081).abs() < 0.001);
    assert_eq!(paper.floors(0)[0].accuracy, 0.1135);
    assert_eq!(paper.len(Split::Validation), 5000);
    assert_eq!(
        whole(&*paper, Split::Test(0)).targets[..10],
        [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    );
}

#[test]
fn the_fair_form_holds_out_training_images() {
    let Some(fair) = open("mnist", Form::Fair) else {
        return;
    };
    assert_eq!(
        (fair.len(Split::Validation), fair.len(Split::Test(0))),
        (5000, 10_000)
    );
    assert_eq!(fair.batch(1, 0, 55_000).size, 55_000);
    let images = |batch: &Batch| -> std::collections::HashSet<Vec<u32>> {
        batch
            .features
            .chunks(784)
            .map(|image| image.iter().map(|v| v.to_bits()).collect())
            .collect()
    };
    let held_out = images(&whole(&*fair, Split::Validation));
    assert!(images(&fair.batch(1, 0, 55_000)).is_disjoint(&held_out));
}

#[test]
fn a_truncated_file_is_named() {
    let Some(data) = data() else {
        return skipped("mnist");
    };
    let Ok(whole) = fs::read(data.root().join("mnist/t10k-images-idx3-ubyte")) else {
        return skipped("mnist");
    };
    let broken = tempfile::tempdir().unwrap();
    let folder = broken.path().join("mnist");
    fs::create_dir(&folder).unwrap();
    for file in fs::read_dir(data.root().join("mnist")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    fs::write(folder.join("t10k-images-idx3-ubyte"), &whole[..1000]).unwrap();
    let data = DataDir::new(broken.path());
    let error = tasks::open("mnist", &Table::new(), Form::Fair, &data)
        .err()
        .unwrap()
        .to_string();
    for part in [
        "t10k-images-idx3-ubyte",
        "7840016 bytes",
        "1000",
        "fpt fetch mnist",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn cifar10_is_balanced_and_centred() {
    let Some(task) = open("cifar10", Form::Paper) else {
        return;
    };
    let test = whole(&*task, Split::Test(0));
    for class in 0..10 {
        assert_eq!(
            test.targets
                .iter()
                .filter(|target| **target == class)
                .count(),
            1000
        );
    }
    assert_eq!(test.targets[..10], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    assert_eq!(task.floors(0)[0].accuracy, 0.1);
    let train = task.batch(1, 0, 50_000);
    for channel in 0..3 {
        let values = train
            .features
            .iter()
            .skip(channel)
            .step_by(3)
            .map(|value| f64::from(*value));
        let mean = values.sum::<f64>() / (50_000.0 * 1024.0);
        assert!(mean.abs() < 0.01, "channel {channel}: {mean}");
    }
}

#[test]
fn english_is_english() {
    let Some(task) = open("text", Form::Paper) else {
        return;
    };
    let floors = task.floors(0);
    assert!((0.15..0.20).contains(&floors[0].accuracy), "{floors:?}");
    for split in [Split::Validation, Split::Test(0)] {
        let bytes = task.len(split) * 128;
        assert!((300_000..900_000).contains(&bytes), "{split:?}: {bytes}");
    }
    assert!(task.data_checksum().is_some());
}

#[test]
fn homology_has_the_sizes_that_tape_states() {
    let Some(fair) = open("homology", Form::Fair) else {
        return;
    };
    let sizes = [0, 1, 2].map(|test| fair.len(Split::Test(test)));
    assert_eq!(sizes, [718, 1254, 1272]);
    assert_eq!(fair.len(Split::Validation), 736);
    let stored = fair.stored().unwrap();
    assert_eq!(stored.count(), 12_312);
    let train = stored.gather(&(0..12_312).collect::<Vec<_>>());
    let folds: std::collections::HashSet<u32> = train.targets.into_iter().collect();
    assert_eq!(folds.len(), 1195);
    let paper = open("homology", Form::Paper).expect("both forms read the same files");
    assert_eq!(paper.len(Split::Validation), 700);
    assert!(paper.len(Split::Test(0)) <= 736);
}

#[test]
fn protein_families_are_the_known_ones() {
    let Some(fair) = open("protein-family", Form::Fair) else {
        return;
    };
    let started = std::time::Instant::now();
    let paper = open("protein-family", Form::Paper).expect("both forms read the same files");
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    let sizes = |task: &dyn Task| {
        let stored = task.stored().unwrap().count();
        (
            stored,
            task.len(Split::Validation),
            task.len(Split::Test(0)),
        )
    };
    assert_eq!(fair.shape().readout.classes, 183);
    let (train, validation, test) = sizes(&*fair);
    assert_eq!(sizes(&*paper), (train + validation, validation, test));
    assert_eq!(train + validation + test, 2966);
    // Nothing is cut at 512 tokens, so sequences are compared whole.
    let rows = |batch: &Batch| -> std::collections::HashSet<Vec<u32>> {
        batch.ids.chunks(512).map(<[u32]>::to_vec).collect()
    };
    let trained = fair
        .stored()
        .unwrap()
        .gather(&(0..train).collect::<Vec<_>>());
    let parts = [
        trained,
        whole(&*fair, Split::Validation),
        whole(&*fair, Split::Test(0)),
    ];
    for part in &parts {
        let classes: std::collections::HashSet<u32> = part.targets.iter().copied().collect();
        assert_eq!(classes.len(), 183);
    }
    let [trained, validated, tested] = parts.map(|part| rows(&part));
    assert!(trained.is_disjoint(&tested) && trained.is_disjoint(&validated));
    assert!(validated.is_disjoint(&tested));
    let floors = fair.floors(0);
    assert!(
        floors[0].accuracy < 0.05 && floors[1].accuracy > 0.5,
        "{floors:?}"
    );
    let settings = toml::toml! { min-size = 5 families = 435 };
    let more = tasks::open("protein-family", &settings, Form::Fair, &data().unwrap());
    assert!(more.is_ok(), "{:?}", more.err());
}

/// Needs a package client and a network: `FPT_DATA=DIR cargo test -p tasks -- --ignored`.
#[test]
#[ignore = "downloads 160 MB"]
fn everything_can_be_fetched() {
    let Some(data) = data() else {
        return skipped("anything");
    };
    for name in ["mnist", "english", "cifar10", "protein-family"] {
        let item = tasks::item(name).unwrap();
        let fetched = tasks::fetch(item, &data, &mut |_| {}).unwrap();
        assert_eq!(data.find(item).unwrap(), fetched.folder);
    }
}

/// Where no hub answers this ends soon and says so in a line.
#[test]
#[ignore = "asks the hub"]
fn a_hub_that_does_not_answer_costs_seconds() {
    let root = tempfile::tempdir().unwrap();
    let started = std::time::Instant::now();
    let item = tasks::item("wikitext").unwrap();
    if let Err(error) = tasks::fetch(item, &DataDir::new(root.path()), &mut |_| {}) {
        let TaskError::MissingData { tried, .. } = error else {
            panic!("{error}")
        };
        assert!(
            tried.iter().all(|line| line.lines().count() == 1),
            "{tried:#?}"
        );
        assert!(started.elapsed().as_secs() < 30, "{tried:#?}");
    }
}
