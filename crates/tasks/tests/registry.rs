//! What a study file relies on: names, defaults and messages of every task.

use data::items::{MNIST, PROTEIN_FAMILY};
use tasks::{DataDir, Form, Inputs, REGISTRY, Split};
use toml::{Table, toml};

#[test]
fn defaults_are_complete_and_canonical() {
    for entry in REGISTRY {
        let complete = tasks::settings(entry.name, &Table::new()).unwrap();
        assert!(!complete.is_empty(), "{}", entry.name);
        assert_eq!(tasks::settings(entry.name, &complete).unwrap(), complete);
        assert!(tasks::shape(entry.name, &complete, Form::Paper).is_ok());
    }
}

#[test]
fn the_papers_sizes() {
    let tokens = |name| {
        tasks::shape(name, &Table::new(), Form::Paper)
            .unwrap()
            .tokens
    };
    let names = [
        "bit-memory",
        "bit-xor",
        "listops",
        "mnist",
        "cifar10",
        "cifar10-lra",
        "homology",
        "text",
        "masked-text",
    ];
    let expected = [120, 10, 512, 49, 64, 1024, 1024, 128, 128];
    assert_eq!(names.map(tokens), expected);
}

#[test]
fn unknown_tasks_keys_and_absurd_values_are_named() {
    let error = tasks::settings("mnits", &Table::new())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("unknown task `mnits`; known tasks: bit-memory, ")
            && error.contains("mnist, cifar10"),
        "{error}"
    );
    for (name, table, named) in [
        ("bit-xor", toml! { bit = 5 }, "bit"),
        (
            "bit-xor",
            toml! { bits = "five" },
            "expected a whole number from 0, found \"five\"",
        ),
        ("bit-xor", toml! { bits = 0 }, "`bits` is 0"),
        ("bit-xor", toml! { bits = -3 }, "-3"),
        ("bit-memory", toml! { patch = 33 }, "`patch` is 33"),
        ("bit-memory", toml! { bits = 100_000_000 }, "`bits`"),
        ("mnist", toml! { patch = 0 }, "`patch` is 0"),
        ("mnist", toml! { patch = 5 }, "28"),
        ("mnist", toml! { augment = true }, "augment"),
        ("cifar10-lra", toml! { patch = 3 }, "32"),
        ("listops", toml! { max-length = 0 }, "`max-length` is 0"),
        ("listops", toml! { min-length = 1999 }, "`min-length`"),
        ("homology", toml! { tokens = 2 }, "`tokens` is 2"),
        ("protein-family", toml! { min-size = 1 }, "`min-size` is 1"),
        ("text", toml! { context = 0 }, "`context` is 0"),
        ("text", toml! { share = 0.15 }, "share"),
        ("masked-text", toml! { share = 15 }, "`share` is 15"),
        (
            "recall",
            toml! { pairs = 33 },
            "`pairs` is 33, but the keys",
        ),
        ("recall", toml! { values = 1 }, "`values` is 1"),
        ("rule-90", toml! { steps = 16 }, "every row of `width` = 32"),
        ("addition", toml! { bits = 0 }, "`bits` is 0"),
        ("dyck", toml! { kinds = 1000 }, "`kinds` is 1000"),
        ("dyck", toml! { opening = 1.5 }, "`opening` is 1.5"),
        ("dyck", toml! { kind = 2 }, "unknown key `kind`"),
        ("k-shuffle", toml! { max-depth = 200 }, "`max-depth` is 200"),
        (
            "rule-110",
            toml! { width = 129 },
            "`width` is 129, more than",
        ),
        ("nca", toml! { states = 5 }, "`states` is 5"),
        ("noise-lstm", toml! { context = 0 }, "`context` is 0"),
    ] {
        let error = tasks::settings(name, &table).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(named), "{error}");
    }
}

/// Settings enter the ids of jobs: those from before a setting was there stay as they were.
#[test]
fn augmentation_is_written_only_where_it_is_asked_for() {
    let complete = |name, table| tasks::settings(name, &table).unwrap();
    assert_eq!(complete("cifar10", Table::new()), toml! { patch = 4 });
    assert_eq!(
        complete("cifar10", toml! { augment = false }),
        toml! { patch = 4 }
    );
    assert_eq!(complete("cifar10-lra", Table::new()), toml! { patch = 1 });
    let augmented = toml! { patch = 4
    augment = true };
    assert_eq!(complete("cifar10", toml! { augment = true }), augmented);
}

#[test]
fn lras_own_set_up_has_no_augmentation() {
    let table = toml! { augment = true };
    assert!(tasks::shape("cifar10-lra", &table, Form::Paper).is_ok());
    let error = tasks::shape("cifar10-lra", &table, Form::Fair).unwrap_err();
    assert!(error.to_string().contains("form `paper`"), "{error}");
    assert!(tasks::shape("cifar10", &table, Form::Fair).is_ok());
}

#[test]
fn a_task_without_its_data_is_missing_data() {
    for name in [
        "mnist",
        "cifar10",
        "cifar10-lra",
        "homology",
        "protein-family",
        "text",
        "masked-text",
    ] {
        let data = DataDir::new("nowhere");
        let error = tasks::open(name, &Table::new(), Form::Paper, &data)
            .err()
            .unwrap();
        assert!(error.is_missing(), "{error}");
        assert!(error.to_string().contains("fpt fetch"), "{error}");
        assert_eq!(tasks::data(name, &Table::new()).unwrap().len(), 1);
    }
}

#[test]
fn images_in_colour_have_three_channels() {
    let coloured = REGISTRY.iter().filter(|entry| entry.channels == 3);
    let names: Vec<_> = coloured.map(|entry| entry.name).collect();
    assert_eq!(names, ["cifar10"]);
    assert!(
        REGISTRY
            .iter()
            .all(|entry| [1, 3].contains(&entry.channels))
    );
}

#[test]
fn what_bodies_are_pretrained_on_speaks_their_own_language() {
    let speaks = |name: &str| {
        let shape = tasks::shape(name, &Table::new(), Form::Paper).unwrap();
        match shape.inputs {
            Inputs::Language { vocabulary } => vocabulary == shape.readout.classes,
            Inputs::Masked { vocabulary } => vocabulary == shape.readout.classes,
            Inputs::Features { .. } | Inputs::Tokens { .. } => false,
        }
    };
    let names = REGISTRY.iter().map(|entry| entry.name);
    assert_eq!(
        names.filter(|name| speaks(name)).collect::<Vec<_>>(),
        [
            "text",
            "masked-text",
            "dyck",
            "k-shuffle",
            "rule-110",
            "nca",
            "noise-lstm"
        ]
    );
}

/// Corpora without text stand in for text: same shape, no data, batches by seed and step alone.
#[test]
fn corpora_without_text_are_shaped_as_text_and_need_no_data() {
    let text = tasks::shape("text", &Table::new(), Form::Fair).unwrap();
    for name in ["dyck", "k-shuffle", "rule-110", "nca", "noise-lstm"] {
        let settings = tasks::settings(name, &Table::new()).unwrap();
        let task = tasks::open(name, &settings, Form::Fair, &DataDir::new("nowhere")).unwrap();
        assert_eq!(task.shape(), text, "{name}");
        let batch = task.batch(1, 7, 4);
        assert_eq!(
            (batch.size, batch.ids.len(), batch.targets.len()),
            (4, 512, 512)
        );
        assert!(batch.features.is_empty());
        for (ids, targets) in batch.ids.chunks(128).zip(batch.targets.chunks(128)) {
            assert_eq!(ids[1..], targets[..127], "{name}");
        }
        assert!(batch.targets.iter().all(|symbol| *symbol < 256));
        assert_eq!(batch, task.batch(1, 7, 4), "{name}");
        assert_ne!(batch, task.batch(1, 8, 4), "{name}");
        assert_ne!(batch, task.batch(2, 7, 4), "{name}");
        // No test sequence is one that is trained on.
        let test = task.examples(Split::Test(0), 0..4);
        assert!(
            test.ids
                .chunks(128)
                .all(|ids| batch.ids.chunks(128).all(|other| ids != other))
        );
        let floors = task.floors(0);
        assert!(
            floors.iter().all(|floor| floor.accuracy < 0.8),
            "{name}: {floors:?}"
        );
        assert!(
            floors[1].accuracy >= floors[0].accuracy - 0.01,
            "{name}: {floors:?}"
        );
    }
}

/// Examples that are drawn are the same on every machine and in every version, or `VERSION` is raised.
#[test]
fn what_was_drawn_is_drawn_again() {
    for (name, golden) in [
        ("recall", "7e07e167743a"),
        ("rule-90", "0ed557bb07e7"),
        ("addition", "7e772d730771"),
        ("dyck", "7b9d52d26cdb"),
        ("k-shuffle", "97249b587275"),
        ("rule-110", "1701d95011d0"),
        ("nca", "5700b9ff766c"),
        ("noise-lstm", "5c36d6bd80e9"),
    ] {
        let data = DataDir::new("nowhere");
        let task = tasks::open(name, &Table::new(), Form::Fair, &data).unwrap();
        let batch = task.batch(1, 0, 8);
        let mut digest = blake3::Hasher::new();
        for number in &batch.features {
            digest.update(&number.to_le_bytes());
        }
        for number in batch.ids.iter().chain(&batch.targets) {
            digest.update(&number.to_le_bytes());
        }
        assert_eq!(digest.finalize().to_hex()[..12], *golden, "{name}");
    }
}

#[test]
fn what_no_task_can_read_is_not_taken() {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for file in MNIST.layouts[0] {
        std::fs::write(theirs.path().join(file), "short").unwrap();
    }
    let data = DataDir::new(ours.path());
    let take = |item| data::take(item, theirs.path(), &data, &tasks::readable, &mut |_| {});
    let said = take(&MNIST).unwrap_err().to_string();
    assert!(said.contains("train-images-idx3-ubyte") && said.contains("nothing was taken"));
    // The task's own words, where the files are whole and hold something else.
    std::fs::write(theirs.path().join("DB.fasta"), ">id A OS=x\nMKV\n").unwrap();
    let said = take(&PROTEIN_FAMILY).unwrap_err().to_string();
    assert!(
        said.contains("DB.fasta") && said.contains("two families or more"),
        "{said}"
    );
    let left = std::fs::read_dir(ours.path()).unwrap();
    assert!(
        left.map(|file| file.unwrap().file_name())
            .all(|name| name == ".cache")
    );
}

/// What is said without opening a task is what the task says of an example.
#[test]
fn whose_answers_lie_in_known_tokens_is_known() {
    let nowhere = DataDir::new("/nowhere");
    for entry in REGISTRY {
        let Ok(task) = tasks::open(entry.name, &Table::new(), Form::Fair, &nowhere) else {
            assert!(!entry.knows_sources, "{} needs data", entry.name);
            continue;
        };
        let sources = task.sources(&task.batch(0, 0, 1));
        assert_eq!(sources.is_some(), entry.knows_sources, "{}", entry.name);
    }
}
