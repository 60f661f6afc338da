//! A queue that answers badly, late or not at all, and what it cannot be given.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

#[path = "common/cluster.rs"]
mod cluster;
mod support;

use cluster::{Cluster, STUDY};
use std::fs;
use std::io::{BufRead, BufReader};
use support::{PATIENCE, ended};

/// Jobs are unknown meanwhile, and nobody stops looking.
#[test]
fn no_answer_means_nothing_to_status_either() {
    let cluster = Cluster::new();
    assert_eq!(cluster.submit(&[]).0, 0);
    cluster.set("silent", "");
    for words in [
        &["status"][..],
        &["status", "q.toml", "--profile", "smoke", "--seeds", "1"],
    ] {
        let output = cluster.command(words).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.contains("5 unknown")
                && said.contains("is not known: slurm_load_jobs error")
                && !said.contains("broken off"),
            "{words:?} {said}"
        );
    }
    cluster.unset("silent");

    let watch = [
        "status",
        "q.toml",
        "--profile",
        "smoke",
        "--seeds",
        "1",
        "--watch=1",
    ];
    let mut child = cluster.command(&watch).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |what: &str| {
        let found = said.any(|line| line.unwrap().contains(what));
        assert!(found, "it ended before it said {what}");
    };
    until("5 queued");
    cluster.set("hiccup", "");
    until("5 unknown");
    until("5 queued");
    // Nobody reads it any more, which is no failure; a disk that is full is one.
    drop(said);
    assert_eq!(ended(&mut child, PATIENCE).code(), Some(0));
    #[cfg(target_os = "linux")]
    {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut child = cluster.command(&watch).stdout(full).spawn().unwrap();
        assert_eq!(ended(&mut child, PATIENCE).code(), Some(1));
    }
}

#[test]
fn an_array_that_may_have_come_to_the_queue_is_not_forgotten() {
    let cluster = Cluster::new();
    cluster.set("drops", "");
    for way in ["loses", "mute"] {
        cluster.set(way, "");
        let (code, said) = cluster.submit(&[]);
        assert!(
            code == 1 && said.contains("may have taken q:pretraining") && said.contains("0 of 3"),
            "{way}: {said}"
        );
        for command in ["cancel", "submit"] {
            let options = &["--slurm"][usize::from(command != "submit")..];
            let (code, said) = cluster.fpt(command, options);
            assert!(
                code == 1
                    && said.contains("may have it yet: the same command again in")
                    && !said.contains("nothing of it"),
                "{way}: {said}"
            );
        }
        let (code, said) = cluster.fpt("status", &[]);
        assert!(
            code == 0
                && said.contains("1 unknown")
                && said.contains("4 open")
                && said.contains("may have them yet"),
            "{way}: {said}"
        );
        cluster.unset(way);
        fs::remove_dir_all(cluster.here().join("results/.submitted")).unwrap();
    }
    cluster.unset("drops");

    // By its token it is found at once.
    cluster.set("mute", "");
    let filter = ["--filter", "pretraining=random"];
    let (code, said) = cluster.submit(&filter);
    assert!(code == 0 && said.contains("q:1 (103, 2 tasks)"), "{said}");
    cluster.unset("mute");
    cluster.set("adds", "Thank you for your job\n");
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 0 && said.contains("q:pretraining (104, 1 task)"),
        "{said}"
    );
}

#[test]
fn an_answer_that_cannot_be_read_is_none() {
    let cluster = Cluster::new();
    assert_eq!(cluster.submit(&[]).0, 0);
    cluster.set(
        "garbage",
        "101|0|PENDING||Priority|fpt-1\nthe queue is being moved\n",
    );
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 1 && said.contains("is being moved") && said.contains("nothing was submitted"),
        "{said}"
    );
    let (_, said) = cluster.fpt("status", &[]);
    assert!(
        said.contains("5 unknown") && !said.contains("lost"),
        "{said}"
    );
}

#[test]
fn what_cannot_stand_in_a_script_is_refused_before_anything_is_sent() {
    use std::os::unix::ffi::OsStrExt;
    let cluster = Cluster::new();
    let refused = |code: i32, said: &str, what: &str| {
        assert!(
            code == 2 && said.contains(what) && said.contains("nothing was submitted"),
            "{what}: {code} {said}"
        );
        assert!(!cluster.slurm("number").exists() && !said.contains("panicked"));
    };
    for (option, what) in [
        (["--partition", ""], r#"the partition "" is not"#),
        (["--account", "a\nb"], r#"the account "a\nb" is not"#),
        (
            ["--line", "--x\nrm -rf nothing"],
            r#"the line "--x\nrm -rf nothing" is not"#,
        ),
        (["--results", "a\nb"], "results folder"),
        (["--data", "a\nb"], "data folder"),
    ] {
        let (code, said) = cluster.submit(&option);
        refused(code, &said, what);
    }
    let mut command = cluster.command(&["submit", "q.toml", "--slurm", "--profile", "smoke"]);
    command
        .arg("--results")
        .arg(std::ffi::OsStr::from_bytes(b"a\xffc"));
    let output = command.output().unwrap();
    refused(
        output.status.code().unwrap(),
        &String::from_utf8_lossy(&output.stderr),
        "results folder",
    );
    let file = cluster.here().join("cluster.toml");
    for text in [
        &b"[slurm]\nlines = [\"\"]"[..],
        b"[slurm]\npartition = \"\xff\"",
    ] {
        fs::write(&file, text).unwrap();
        let (code, said) = cluster.submit(&[]);
        refused(code, &said, "cluster.toml: the ");
    }
    for (text, what) in [
        ("time = 0", "`time` is 0"),
        ("time = 1000001", "`time` is 1000001"),
        ("at-a-time = 0", "`at-a-time` is 0"),
        ("memory = 99999999999", "`memory` is 99999999999"),
        ("lines = [\"exclude=node7\"]", "of `lines`, \"exclude"),
    ] {
        fs::write(&file, format!("[slurm]\n{text}")).unwrap();
        let (code, said) = cluster.submit(&[]);
        refused(code, &said, &format!("cluster.toml: {what}"));
    }
    // In the background there is no script.
    let (code, said) = cluster.fpt("submit", &["--local", "--results", "a\nb"]);
    assert_eq!(code, 0, "{said}");
    cluster.fpt("cancel", &["--results", "a\nb"]);
}

#[test]
fn one_queue_that_does_not_let_go_is_no_reason_for_another() {
    let cluster = Cluster::new();
    let long = STUDY.replace("steps = 6", "steps = 2000000");
    fs::write(cluster.here().join("q.toml"), long).unwrap();
    let part = |rate: &'static str| ["--filter", "pretraining=random", "--filter", rate];
    let (code, said) = cluster.submit(&part("learning-rate=1e-3"));
    assert_eq!(code, 0, "{said}");
    let local = || {
        // What was let go of before ends first.
        for job in support::jobs(cluster.here()) {
            support::let_go(&job);
        }
        let options = [&["--local"][..], &part("learning-rate=2e-3")].concat();
        let (code, said) = cluster.fpt("submit", &options);
        assert!(code == 0 && said.contains("q:1 ("), "{said}");
    };
    let cancelled = || {
        fs::read_to_string(cluster.note())
            .unwrap()
            .contains("cancelled")
    };

    local();
    cluster.set("keeps", "boo");
    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(
        code == 1 && said.contains("did not let go of 101: scancel: error: boo"),
        "{said}"
    );
    assert!(
        said.contains("q: cancelled ") && !said.contains("nothing of it"),
        "{said}"
    );
    assert!(!cancelled(), "it has them yet");
    cluster.unset("keeps");

    local();
    cluster.set("silent", "");
    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(
        code == 1
            && said.contains("what Slurm has of `q` is not known")
            && said.contains("q: cancelled "),
        "{said}"
    );
    cluster.unset("silent");
    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(code == 0 && said.contains("cancelled 101"), "{said}");
    assert!(cancelled());
}

/// What was refused has not begun, and there is nothing to let go of.
#[test]
fn what_was_refused_is_open() {
    let cluster = Cluster::new();
    cluster.set("refuses", "long");
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 1 && said.contains("did not take q:pretraining") && !said.contains("lets go"),
        "{said}"
    );
    let (code, said) = cluster.fpt("status", &[]);
    assert!(
        code == 0 && said.contains("5 open") && !said.contains("step 0"),
        "{said}"
    );
}

#[test]
fn what_is_in_the_way_of_a_submission_is_named() {
    let cluster = Cluster::new();
    let submitted = cluster.here().join("results/.submitted");
    for name in ["bin", "smoke"] {
        fs::create_dir_all(&submitted).unwrap();
        fs::write(submitted.join(name), "").unwrap();
        let (code, said) = cluster.submit(&[]);
        assert!(
            code == 1 && said.contains(&format!("results/.submitted/{name}/")),
            "{said}"
        );
        fs::remove_dir_all(&submitted).unwrap();
    }

    assert_eq!(cluster.submit(&[]).0, 0);
    let text = fs::read(cluster.note()).unwrap();
    fs::write(cluster.note(), &text[..100]).unwrap();
    for command in ["status", "submit", "cancel"] {
        let options = &["--slurm"][usize::from(command != "submit")..];
        let (code, said) = cluster.fpt(command, options);
        assert!(
            code == 1
                && said.contains("results/.submitted/smoke/q/1/submission.json")
                && said.contains("`scancel`")
                && said.contains("move the file away"),
            "{command}: {said}"
        );
    }
    fs::remove_file(cluster.note()).unwrap();
    let (code, said) = cluster.fpt("status", &[]);
    assert!(code == 0 && said.contains("5 open"), "{said}");
}
