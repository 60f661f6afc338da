//! Studies of generated tasks in folders of their own, how far they are, and systems that lack something.
#![allow(dead_code, clippy::print_stderr, clippy::unwrap_used)]

use ::files::Hold;
use assert_cmd::cargo::cargo_bin;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Nothing takes longer than this; what does hangs.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// One cell, quick.
pub const SHORT: &str = r#"question = "q"
[job]
steps = 40
evaluate-every = 20
[axes]
pretraining = ["random"]
task = ["bit-xor"]
[table]
rows = "pretraining"
columns = "task"
"#;

/// A folder with a study `q.toml`, with so many steps a job instead of 40.
pub fn study(steps: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = SHORT.replace("steps = 40", &format!("steps = {steps}"));
    fs::write(folder.path().join("q.toml"), text).unwrap();
    folder
}

/// `fpt` in a folder at profile smoke, one seed, one worker; says nothing unless asked.
pub fn fpt(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("fpt"));
    command
        .current_dir(folder)
        .env("FPT_DATA", folder.join("data"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs the study of a folder.
pub fn run(folder: &Path) -> Command {
    let mut arguments = vec!["study", "q.toml"];
    arguments.extend(["--profile", "smoke", "--seeds", "1", "--workers", "1"]);
    fpt(folder, &arguments)
}

/// The job folders of a study's folder.
pub fn jobs(folder: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(folder.join("results/smoke/jobs"));
    let folders = folders.into_iter().flatten().flatten();
    folders.map(|entry| entry.path()).collect()
}

/// Jobs that are begun and not finished, with a checkpoint before the last of so many steps: its step.
pub fn in_the_middle(folder: &Path, steps: u64) -> BTreeMap<PathBuf, u64> {
    let middle = |job: PathBuf| {
        let state = fs::read(job.join("checkpoint/state.json")).ok()?;
        let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
        let step = state["step"].as_u64().unwrap();
        let open = !job.join("outcome.json").exists();
        (open && step > 0 && step < steps).then_some((job, step))
    };
    jobs(folder).into_iter().filter_map(middle).collect()
}

/// Waits until a running study has brought a job to a point in the middle, and tells which; `None` where
/// it has ended before.
pub fn reach_the_middle(folder: &Path, steps: u64, runner: &mut Child) -> Option<(PathBuf, u64)> {
    let (start, before) = (Instant::now(), in_the_middle(folder, steps));
    loop {
        let now = in_the_middle(folder, steps);
        let moved = |(job, step): &(PathBuf, u64)| before.get(job) != Some(step);
        if let Some(found) = now.into_iter().find(moved) {
            return Some(found);
        }
        if runner.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(start.elapsed() < PATIENCE, "no checkpoint was written");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Every file below a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
        }
    }
    found
}

/// Waits until nobody runs the job: a worker lets go of it when it ends.
pub fn let_go(job: &Path) {
    let start = Instant::now();
    while let Some(holder) = Hold::holder(job).unwrap() {
        assert!(start.elapsed() < PATIENCE, "{holder} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for a process that must not hang.
pub fn ended(child: &mut Child, within: Duration) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > within {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Every file a study leaves for readers, by name; times and dates are kept apart in the provenance, and the page shows them.
pub fn outputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = fs::read_dir(folder.join("results/smoke/q"))
        .unwrap()
        .flatten();
    let files = read.map(|entry| entry.path()).filter(|path| path.is_file());
    let timed = ["provenance.parquet", "report.html"];
    let files = files.filter(|path| !timed.iter().any(|name| path.ends_with(name)));
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

/// A command on a system that lacks what `faults` name; `None`, said, where there is no C compiler.
#[cfg(target_os = "linux")]
pub fn without(mut command: Command, faults: &[(&str, i32)]) -> Option<Command> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/faults.c");
        // By process: tests of several files run at a time.
        let name = format!("faults-{}.so", std::process::id());
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut compiler = Command::new("cc");
        let compiler = compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
        let made = compiler.arg(source).arg("-ldl").status();
        made.is_ok_and(|status| status.success()).then_some(library)
    });
    let Some(library) = library else {
        eprintln!("skipped: no C compiler `cc` is here");
        return None;
    };
    command.env("LD_PRELOAD", library);
    for (name, value) in faults {
        command.env(name, value.to_string());
    }
    Some(command)
}
