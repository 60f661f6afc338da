//! A place to run studies in, and what is said there.
#![allow(dead_code, clippy::unwrap_used)]

use assert_cmd::cargo::cargo_bin;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A folder with a study in it, its data, its results, and a hub's cache.
pub struct Place {
    _root: tempfile::TempDir,
    pub folder: PathBuf,
}

pub struct Ran {
    pub code: Option<i32>,
    pub said: String,
}

impl Ran {
    #[track_caller]
    pub fn with(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.said);
        for word in words {
            assert!(self.said.contains(word), "no `{word}` in:\n{}", self.said);
        }
    }
}

/// One seed and one worker, of commands that know them.
fn options(command: &str) -> &'static [&'static str] {
    match command {
        "study" | "plan" => &["--seeds", "1", "--workers", "1"],
        "explain" | "status" | "table" => &["--seeds", "1"],
        _ => &[],
    }
}

impl Place {
    pub fn new(study: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().to_owned();
        fs::write(folder.join("q.toml"), study).unwrap();
        Self {
            _root: root,
            folder,
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("fpt"));
        command
            .current_dir(&self.folder)
            .env("FPT_DATA", self.folder.join("data"))
            .env("HF_HUB_CACHE", self.folder.join("hub"))
            .env("HF_HUB_OFFLINE", "1")
            .args(arguments)
            .args(["--profile", "smoke"])
            .args(options(arguments[0]));
        command
    }

    pub fn fpt(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        let both = [output.stdout, output.stderr].concat();
        Ran {
            code: output.status.code(),
            said: String::from_utf8_lossy(&both).into_owned(),
        }
    }

    pub fn jobs(&self) -> BTreeSet<String> {
        let folders = fs::read_dir(self.folder.join("results/smoke/jobs"));
        let names = folders.into_iter().flatten();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    /// The one job that is here and not among these.
    #[track_caller]
    pub fn new_job(&self, before: &BTreeSet<String>) -> PathBuf {
        let jobs = self.jobs();
        let mut new = jobs.difference(before);
        let (Some(job), None) = (new.next(), new.next()) else {
            panic!("one new job: {before:?} {jobs:?}");
        };
        self.folder.join("results/smoke/jobs").join(job)
    }
}
