//! Files with bytes changed, lost and doubled: whoever reads them says what is wrong, or reads something; nobody panics, and nobody
//! believes a length and asks for all memory.
//!
//! `FPT_MUTATIONS=10000 cargo test -p fpt --test mutated` tries as many of each kind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use burn::tensor::Device;
use data::DataDir;
use data::cache::{Fingerprint, cached};
use files::Hold;
use results::{Store, read_curves, read_runs};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use study::{Library, Options, Plan};
use support::fpt;
use training::JobId;

const STUDY: &str = r#"question = "Does it read?"
[job]
steps = 4
evaluate-every = 2
[axes]
pretraining = ["brief", "random"]
task = ["bit-xor"]
learning-rate = [1e-3, 2e-3]
size = ["small"]
[variants.size]
small = { layers = 1, width = 32 }
[[claim]]
says = "Bits help at {learning-rate}"
each = "learning-rate"
greater = ["brief", "random"]
margin = 3
[table]
rows = "pretraining"
columns = "learning-rate"
reference = { pretraining = "random" }
"#;

const PRETRAINING: &str = r#"task = "bit-memory"
[profile.smoke]
recipe = { steps = 4, evaluate-every = 2 }
"#;

/// Bytes that a process may have, several times what any of these files needs.
const MEMORY: u64 = 4 << 30;

/// What is drawn (xorshift), the same in every run.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    /// One to three changes.
    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            let length = 1 + self.below(12.min(bytes.len().max(1)));
            let end = (at + length).min(bytes.len());
            match self.below(7) {
                0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let part = bytes[at..end].to_vec();
                    drop(bytes.splice(at..at, part));
                }
                4 => bytes.truncate(at),
                5 => drop(bytes.splice(at..end, vec![0xff; length])),
                // A number where there was one, and much larger; text for binary readers.
                _ => drop(bytes.splice(at..at, *b"99999999999999999999")),
            }
        }
        bytes
    }
}

fn count() -> usize {
    let asked = std::env::var("FPT_MUTATIONS").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(150)
}

/// Writes changed bytes over a file, again and again, and has it read.
fn try_all(what: &str, path: &Path, read: impl Fn()) {
    let bytes = fs::read(path).unwrap();
    let mut drawn = Drawn(0x9e37_79b9_7f4a_7c15);
    for number in 0..count() {
        let changed = drawn.mutated(&bytes);
        fs::write(path, &changed).unwrap();
        let ended = catch_unwind(AssertUnwindSafe(&read));
        let shown = String::from_utf8_lossy(&changed);
        assert!(ended.is_ok(), "{what}, change {number} panics:\n{shown}");
    }
    fs::write(path, bytes).unwrap();
    read();
}

fn finished() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pretrainings = folder.path().join("experiments/pretraining");
    fs::create_dir_all(&pretrainings).unwrap();
    fs::write(pretrainings.join("brief.toml"), PRETRAINING).unwrap();
    fs::write(folder.path().join("q.toml"), STUDY).unwrap();
    let run = fpt(
        folder.path(),
        &["study", "q.toml", "--profile", "smoke", "--seeds", "1"],
    )
    .status();
    assert!(run.unwrap().success());
    folder
}

/// The only file of this name below a folder, or the first.
fn find(folder: &Path, name: &str) -> PathBuf {
    let mut all: Vec<PathBuf> = support::files(folder).into_keys().collect();
    all.retain(|path| path.ends_with(name));
    all.remove(0)
}

fn find_ending(folder: &Path, end: &str) -> PathBuf {
    let mut all = support::files(folder).into_keys();
    all.find(|path| path.extension().is_some_and(|found| found == end))
        .unwrap()
}

#[test]
fn nobody_panics_and_nobody_asks_for_all_memory() {
    let limit = libc::rlimit {
        rlim_cur: MEMORY,
        rlim_max: MEMORY,
    };
    // SAFETY: the limit is a whole `rlimit`, and only read.
    assert_eq!(
        unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) },
        0
    );
    let folder = finished();
    let here = folder.path();
    let results = here.join("results");

    let study = here.join("q.toml");
    let library = Library::discover(here);
    try_all("a study", &study, || {
        let _ = Plan::new(
            &library,
            study.to_str().unwrap(),
            &Options::profile("smoke"),
        );
    });
    let pretraining = here.join("experiments/pretraining/brief.toml");
    try_all("a pretraining", &pretraining, || {
        let _ = Plan::new(
            &library,
            study.to_str().unwrap(),
            &Options::profile("smoke"),
        );
    });

    let store = Store::read_only(&results, "smoke").unwrap();
    for name in [
        "job.toml",
        "outcome.json",
        "provenance.json",
        "curve.parquet",
        "sums.b3",
    ] {
        let path = find(&results, name);
        let id = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let job = store.job(&JobId(id.to_owned()));
        try_all(name, &path, || {
            let _ = (job.job(), job.outcome(), job.provenance(), job.curve());
            let _ = (job.state(), job.altered());
        });
    }
    for name in ["q/runs.parquet", "q/curves.parquet"] {
        let path = find(&results, name);
        try_all(name, &path, || {
            let _ = (read_runs(&path), read_curves(&path));
        });
    }

    let held = here.join("held");
    fs::create_dir(&held).unwrap();
    let hold = Hold::try_take(&held).unwrap().unwrap();
    let note = fs::read(held.join("hold-1")).unwrap();
    drop(hold);
    fs::write(held.join("hold-1"), note).unwrap();
    try_all("a hold", &held.join("hold-1"), || {
        let _ = Hold::holder(&held);
    });

    let body = find(&results, "model.safetensors");
    for name in ["model.safetensors", "config.json"] {
        let path = body.with_file_name(name);
        try_all(name, &path, || {
            let _ = backbone::load(path.parent().unwrap(), &Device::flex());
        });
    }

    let root = here.join("kept");
    let data = DataDir::new(&root);
    let keep = || {
        cached(&data, "numbers", Fingerprint::new("a test"), |builder| {
            builder.section("bytes", (0..=255).collect());
            Ok::<_, std::io::Error>(())
        })
    };
    drop(keep());
    let kept = find_ending(&root, "kept");
    try_all("what was decoded once", &kept, || {
        let found = keep().ok().map(|found| found.get("bytes").to_vec());
        assert_eq!(
            found,
            Some((0..=255).collect::<Vec<u8>>()),
            "it is made again"
        );
    });
}
