//! What a study file relies on: names, defaults and messages of every task.

use tasks::{DataDir, Form, REGISTRY, TaskError};
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
    ];
    assert_eq!(names.map(tokens), [120, 10, 512, 49, 64, 1024, 1024, 128]);
}

#[test]
fn unknown_tasks_keys_and_absurd_values_are_named() {
    let error = tasks::settings("mnits", &Table::new())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("mnits") && error.contains("mnist, cifar10"),
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
    ] {
        let data = DataDir::new("nowhere");
        let error = tasks::open(name, &Table::new(), Form::Paper, &data)
            .err()
            .unwrap();
        assert!(matches!(error, TaskError::MissingData { .. }), "{error}");
        assert!(error.to_string().contains("fpt fetch"), "{error}");
        assert_eq!(tasks::data(name, &Table::new()).unwrap().len(), 1);
    }
}
