//! Where output goes when it cannot be written, threads that cannot be made, and what only looks.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;
use support::{fpt, in_the_middle, jobs, let_go, reach_the_middle, run, study};

/// A folder in which every command has something to say: a study that is finished, and a checkpoint.
fn furnished() -> (tempfile::TempDir, Vec<Vec<String>>) {
    let folder = study(40);
    assert!(run(folder.path()).status().unwrap().success());
    let job = jobs(folder.path()).remove(0);
    let id = job.file_name().unwrap().to_str().unwrap().to_owned();
    let export = ["export", &id, "body", "--profile", "smoke"];
    assert!(fpt(folder.path(), &export).status().unwrap().success());
    let settings = job.join("job.toml").display().to_string();
    let export = format!("export {id} other-body");
    // Results of nothing yet.
    fs::create_dir_all(folder.path().join("other/smoke/jobs")).unwrap();
    let job = format!("run {settings}");
    let show = format!("show {id}");
    let lines = [
        "study q.toml --seeds 1",
        "list",
        "list bodies",
        "new study mine",
        "show q.toml",
        "reproduce q.toml --cells 1",
        "doctor",
        "merge other",
        "submit q.toml --local",
        "cancel q.toml",
        "plan q.toml",
        "claims q.toml",
        "explain q.toml",
        "status q.toml",
        "status",
        "table q.toml",
        "plot q.toml",
        "table --all",
        "plot --all",
        "report q.toml",
        "export-curves q.toml",
        &job,
        &show,
        "params gpt2",
        &export,
        "verify body",
        "bench --shape 1x32,2x8 --seconds 0",
        "bench --shape 1x32,2x8 --seconds 0 --json",
        "fetch bit-xor",
        "data bit-xor",
        "data",
        "generate schema study",
        "generate completions bash",
        "generate man pages",
        "probe",
        // Takes what the others look at.
        "rm q.toml bit-xor --all",
    ];
    let words = |line: &&str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut commands: Vec<Vec<String>> = lines.iter().map(words).collect();
    for command in &mut commands {
        command.extend(["--profile", "smoke"].map(str::to_owned));
    }
    commands.extend(
        ["--help", "help", "help study", "plan --help", "--version"].map(|line| words(&line)),
    );
    (folder, commands)
}

/// The commands that the help text lists.
fn listed(folder: &Path) -> BTreeSet<String> {
    let help = fpt(folder, &["--help"])
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let lines = commands.lines().take_while(|line| line.starts_with("  "));
    // Continued lines are further to the right.
    let lines = lines.filter(|line| !line.starts_with("   "));
    lines
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_to_stdout_that_fails_is_exit_1_and_said_of_every_command() {
    let (folder, commands) = furnished();
    let tried: BTreeSet<String> = commands.iter().map(|command| command[0].clone()).collect();
    assert!(listed(folder.path()).is_subset(&tried), "{tried:?}");
    for command in commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = fpt(folder.path(), &arguments);
        let output = command
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        let reason = "error: failed to write to stdout: No space left on device";
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_failure() {
    let (folder, commands) = furnished();
    for command in commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        // Nothing is in the way of a second export.
        let _ = fs::remove_dir_all(folder.path().join("other-body"));
        let mut command = fpt(folder.path(), &arguments);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(
            !said.contains("error") && !said.contains("pipe"),
            "{arguments:?}: {said}"
        );
    }
}

/// What others have written steers no terminal: names and sentences of a study that came by mail, and mistakes in it.
#[test]
fn no_command_passes_on_what_would_steer_a_terminal() {
    const STEERS: &str = "\\u001b[31m\\u0007\\u009b2J";
    let (folder, commands) = furnished();
    let path = folder.path().join("q.toml");
    let text = fs::read_to_string(&path).unwrap();
    let mailed = text.replacen("question = \"", &format!("question = \"{STEERS}"), 1);
    assert_ne!(mailed, text);
    fs::write(&path, mailed).unwrap();
    let wrong = format!("question = \"q\"\n[axes]\nseed = [\"{STEERS}\"] # \u{9b}2J\u{7f}\n");
    fs::write(folder.path().join("wrong.toml"), wrong).unwrap();
    let raw = "question = \"\u{1b}[31m\"\n";
    fs::write(folder.path().join("raw.toml"), raw).unwrap();
    let wrong = ["plan wrong.toml", "plan raw.toml", "study wrong.toml"];
    let wrong = wrong.map(|line| line.split(' ').map(str::to_owned).collect());
    for command in commands.into_iter().chain(wrong) {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let mut command = fpt(folder.path(), &arguments);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        let mut letters = said.chars();
        let steers = letters.any(|letter| letter.is_control() && !"\n\t".contains(letter));
        assert!(!steers, "{arguments:?}: {said:?}");
    }
}

/// A file that is opened next must not get the number of a closed stream, and be written into.
#[test]
fn closed_streams_do_no_harm() {
    let expected = study(40);
    assert!(run(expected.path()).status().unwrap().success());
    for closed in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"] {
        let folder = study(40);
        let command = run(folder.path());
        let words = [command.get_program()]
            .into_iter()
            .chain(command.get_args());
        let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("exec {} {closed}", words.join(" ")));
        shell
            .current_dir(folder.path())
            .env("FPT_DATA", folder.path().join("data"));
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{closed}: {output:?}");
        assert_eq!(
            support::outputs(folder.path()),
            support::outputs(expected.path()),
            "{closed}"
        );
    }
}

/// However many threads there are, none of the commands that make some panics.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_cannot_be_made_are_an_error_and_no_panic() {
    let (finished, _) = furnished();
    let expected = support::outputs(finished.path());
    let bench = [
        "bench",
        "--shape",
        "1x32,2x8",
        "--seconds",
        "0",
        "--threads",
        "2",
    ];
    let data = ["data", "listops", "--profile", "smoke"];
    let mut codes = BTreeSet::new();
    for threads in 0..6 {
        let folder = study(40);
        let job = {
            let plan = run(folder.path());
            let Some(mut none) = support::without(plan, &[("FAULT_THREADS", 0)]) else {
                return;
            };
            // Leaves the job's settings behind.
            none.status().unwrap();
            jobs(folder.path())
                .into_iter()
                .map(|job| job.join("job.toml"))
                .find(|file| file.exists())
        };
        let job = job.map(|job| job.display().to_string());
        let mut commands = vec![
            run(folder.path()),
            fpt(folder.path(), &bench),
            fpt(folder.path(), &data),
        ];
        // Names of hosts are looked up, which some libraries do in a thread.
        let mut hub = fpt(folder.path(), &["fetch", "wikitext"]);
        hub.env("HF_ENDPOINT", "http://localhost:9");
        commands.push(hub);
        commands.extend(job.iter().map(|job| fpt(folder.path(), &["job", job])));
        for command in commands {
            let mut command = support::without(command, &[("FAULT_THREADS", threads)]).unwrap();
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            support::ended(&mut child, support::PATIENCE);
            let Output {
                status,
                stdout,
                stderr,
            } = child.wait_with_output().unwrap();
            let said = String::from_utf8([stdout, stderr].concat()).unwrap();
            let logs = jobs(folder.path())
                .into_iter()
                .map(|job| fs::read_to_string(job.join("log")));
            let logs: String = logs.filter_map(Result::ok).collect();
            assert!(
                !said.contains("panicked") && !logs.contains("panicked"),
                "{threads}: {said}{logs}"
            );
            let code = status.code().unwrap();
            let reasons = ["thread", "cannot have wikitext"];
            assert!(
                code == 0 || code == 1 && reasons.iter().any(|reason| said.contains(reason)),
                "{threads}: {code}: {said}"
            );
            codes.insert(code);
        }
        // What could not be done is done later, to the same bytes.
        assert!(run(folder.path()).status().unwrap().success());
        assert_eq!(support::outputs(folder.path()), expected);
    }
    assert_eq!(
        codes,
        BTreeSet::from([0, 1]),
        "there is a number of threads that is enough, and one that is not"
    );
}

/// Paths below a folder with what may change of them.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, u32, Option<Vec<u8>>)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::metadata(&path).unwrap();
        let bytes = path.is_file().then(|| fs::read(&path).unwrap());
        found.insert(
            path.clone(),
            (about.modified().unwrap(), about.permissions().mode(), bytes),
        );
        if path.is_dir() {
            found.extend(tree(&path));
        }
    }
    found
}

#[test]
fn status_and_plan_only_look() {
    const STEPS: u64 = 100_000;
    let check = |folder: &Path, word: &str| {
        let before = tree(folder);
        for command in ["status", "plan"] {
            let output = fpt(
                folder,
                &[command, "q.toml", "--profile", "smoke", "--seeds", "1"],
            )
            .stdout(Stdio::piped())
            .output()
            .unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(command == "plan" || said.contains(word), "{said}");
        }
        assert_eq!(tree(folder), before, "{word}");
    };
    let folder = study(STEPS);
    check(folder.path(), "1 open");
    let mut runner = run(folder.path()).spawn().unwrap();
    let (job, _) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
    let looked = fpt(
        folder.path(),
        &["status", "q.toml", "--profile", "smoke", "--seeds", "1"],
    )
    .stdout(Stdio::piped())
    .output()
    .unwrap();
    let said = String::from_utf8(looked.stdout).unwrap();
    assert!(said.contains("1 running"), "{said}");
    runner.kill().unwrap();
    runner.wait().unwrap();
    let_go(&job);
    assert_eq!(in_the_middle(folder.path(), STEPS).len(), 1);
    check(folder.path(), "1 broken off");
    // A folder to read only.
    for path in [job.clone(), job.parent().unwrap().to_owned()] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
    }
    check(folder.path(), "1 broken off");
    for path in [job.parent().unwrap().to_owned(), job] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// A limit of the size of files ends no process without a word.
#[test]
fn a_file_that_may_not_grow_is_named() {
    let folder = study(40);
    let fpt = fpt(folder.path(), &[]).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "ulimit -f 1; exec \"$0\" study q.toml --profile smoke --seeds 1 --workers 1",
        ])
        .arg(fpt)
        .current_dir(folder.path())
        .env("FPT_DATA", folder.path().join("data"));
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("File too large"), "{said}");
}
