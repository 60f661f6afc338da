//! README's first command on machines that lack something: without package clients and a network, and
//! without clients but with the hub.
#![allow(clippy::unwrap_used)]

#[path = "common/hub.rs"]
mod hub;

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// Nothing is there but the program: no `npm`, no `apt-get`, no settings of anybody's.
fn fpt(home: &Path, hub: &str, arguments: &[&str]) -> (i32, String, String) {
    let clients = home.join("bin");
    fs::create_dir_all(&clients).unwrap();
    let output = Command::cargo_bin("fpt")
        .unwrap()
        .env_clear()
        .env("HOME", home)
        .env("PATH", &clients)
        .env("HF_ENDPOINT", hub)
        .current_dir(home)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Where nothing listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The cells of a row of the first table.
fn row<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("| {name} ");
    let line = table.lines().find(|line| line.starts_with(&start)).unwrap();
    line.split('|').map(str::trim).skip(2).take(4).collect()
}

#[test]
fn without_clients_and_network_all_runs_that_needs_no_image() {
    let home = tempfile::tempdir().unwrap();
    let study = ["study", "modality", "--profile", "smoke"];
    let (code, table, said) = fpt(home.path(), NOWHERE, &study);
    assert_eq!(code, 1, "{said}");
    for body in ["text", "bit", "random"] {
        let cells = row(&table, body);
        assert!(
            cells[..3].iter().all(|cell| cell.contains('±')),
            "{cells:?}"
        );
        assert_eq!(cells[3], "unfinished");
    }
    assert_eq!(row(&table, "image"), ["unfinished"; 4]);

    // The end is one paragraph: what, why, and one way out.
    let (_, end) = said.split_once("\nleft out: ").unwrap();
    let lines: Vec<&str> = end.trim_end().lines().collect();
    assert!(lines.iter().all(|line| !line.trim().is_empty()), "{end}");
    assert!(
        lines[0].starts_with("16 of 38 jobs, all that need cifar10 or mnist"),
        "{end}"
    );
    for item in ["mnist", "cifar10"] {
        for source in ["folder:", "npm", "hub"] {
            let start = format!("  {item}: {source}");
            let tried = lines.iter().filter(|line| line.starts_with(&start));
            assert!(tried.count() >= 1, "{start}: {end}");
        }
    }
    assert!(end.contains("the client `npm` is not installed"), "{end}");
    let (last, tried) = lines.split_last().unwrap();
    assert!(
        last.starts_with("to get it: `fpt fetch cifar10 mnist`"),
        "{last}"
    );
    assert!(
        tried.iter().all(|line| !line.contains("to get it")),
        "{end}"
    );
    // Nothing more is said of the single jobs after the end of their run.
    assert!(
        !said.contains("\nwaiting: ") && !said.contains("\nnot started: "),
        "{said}"
    );

    // Cells that need none of it miss nothing, and ask nobody.
    let cells = [
        &study[..],
        &["--filter", "pretraining=text", "--filter", "task=bit-xor"],
    ];
    let (code, _, said) = fpt(home.path(), NOWHERE, &cells.concat());
    assert_eq!(code, 0, "{said}");
    let one_image = [&study[..], &["--filter", "pretraining=random"]].concat();
    let (code, _, said) = fpt(home.path(), NOWHERE, &one_image);
    assert_eq!(code, 1);
    assert!(
        said.contains("mnist: ") && !said.contains("cifar10"),
        "{said}"
    );
}

#[test]
fn filters_keep_what_their_cells_do_not_need_from_being_fetched() {
    let home = tempfile::tempdir().unwrap();
    for body in ["text", "bit", "random"] {
        let body = format!("pretraining={body}");
        let arguments = [
            "study",
            "modality",
            "--profile",
            "smoke",
            "--filter",
            &body,
            "--filter",
            "task=bit-xor",
        ];
        let (code, _, said) = fpt(home.path(), NOWHERE, &arguments);
        assert_eq!(code, 0, "{said}");
        assert!(
            !said.contains("mnist") && !said.contains("cifar10"),
            "{said}"
        );
    }
}

/// The hub stands in with as many images as there are, each a plain colour of its label.
#[test]
fn without_clients_the_hub_serves() {
    let home = tempfile::tempdir().unwrap();
    let hub = hub::start(hub::images());
    let study = ["study", "modality", "--profile", "smoke"];
    let (code, table, said) = fpt(home.path(), &hub, &study);
    assert_eq!(code, 0, "{said}");
    for body in ["text", "image", "bit", "random"] {
        let cells = row(&table, body);
        assert!(cells.iter().all(|cell| cell.contains('±')), "{cells:?}");
    }
    for item in ["mnist", "cifar10"] {
        let note = home
            .path()
            .join(".cache/fpt")
            .join(item)
            .join("source.toml");
        let note = fs::read_to_string(note).unwrap();
        assert!(note.starts_with("source = \"hub "), "{note}");
    }
    assert!(!said.contains("left out"), "{said}");
}
