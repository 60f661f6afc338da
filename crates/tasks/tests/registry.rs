//! What a study file relies on: names, defaults and messages of every task.

use data::items::{MNIST, PROTEIN_FAMILY};
use tasks::{DataDir, Form, Inputs, REGISTRY};
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
        ("bit-xor", toml! { bits = "five" }, "expected usize"),
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
fn only_text_speaks_the_bodys_own_language() {
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
        ["text", "masked-text"]
    );
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
        said.starts_with("settings of task `protein-family`: "),
        "{said}"
    );
    let left = std::fs::read_dir(ours.path()).unwrap();
    assert!(
        left.map(|file| file.unwrap().file_name())
            .all(|name| name == ".cache")
    );
}
