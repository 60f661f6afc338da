//! What happens between the rounds of a study, and to two second runs of one job at a time.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

#[path = "common/said.rs"]
mod said;
mod support;

use files::Hold;
use said::{STUDY, ok, refused, said, with_results};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{PATIENCE, ended, files, fpt, jobs, let_go, reach_the_middle, study};

/// Enough to be seen in the middle.
const STEPS: u64 = 300;

fn start(folder: &Path, arguments: &[&str]) -> Child {
    fpt(folder, &[arguments, &["--profile", "smoke"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Exit code, stdout and stderr of one that must not hang.
fn end(mut child: Child) -> (i32, String, String) {
    ended(&mut child, PATIENCE);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn wait_until(is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < PATIENCE, "it does not come");
        sleep(Duration::from_millis(2));
    }
}

/// The one job of a study, once a worker holds it: a runner does for a moment, to see whether it can.
fn worked_at(folder: &Path, runner: u32) -> PathBuf {
    let held = || {
        let mut jobs = jobs(folder).into_iter();
        jobs.find(|job| {
            let holder = Hold::holder(job).unwrap();
            holder.is_some_and(|holder| holder.process != runner)
        })
    };
    wait_until(|| held().is_some());
    held().unwrap()
}

/// The runner sleeps while its worker ends the job and somebody takes the outcome away, twice.
#[test]
fn a_job_that_has_ended_twice_and_is_open_again_is_not_started_a_third_time() {
    let folder = study(STEPS);
    let root = folder.path();
    let arguments = ["study", "q.toml", "--seeds", "1", "--workers", "1"];
    let runner = start(root, &arguments);
    let send = |signal: i32| {
        let pid = i32::try_from(runner.id()).unwrap();
        // SAFETY: `kill` takes any numbers.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    };
    let mut job = PathBuf::new();
    for _ in 0..2 {
        job = worked_at(root, runner.id());
        send(libc::SIGSTOP);
        wait_until(|| job.join("outcome.json").exists());
        let_go(&job);
        fs::remove_file(job.join("outcome.json")).unwrap();
        send(libc::SIGCONT);
    }
    let (code, _, error) = end(runner);
    let id = job.file_name().unwrap().to_str().unwrap();
    assert_eq!(code, 1, "{error}");
    assert!(
        error.contains(&format!("job {id} has ended twice, and is open again")),
        "{error}"
    );
    assert_eq!(error.matches(" to run").count(), 2, "{error}");
    assert!(!job.join("outcome.json").exists());
    // What was only taken away comes again.
    ok(root, &arguments);
    assert!(job.join("outcome.json").exists());
}

#[test]
fn a_study_whose_file_is_broken_while_it_runs_keeps_and_shows_what_it_has_trained() {
    let text = STUDY.replace(
        "task = \"bit-xor\"",
        &format!("task = \"bit-xor\"\nsteps = {STEPS}\nevaluate-every = 20"),
    );
    let arguments = ["study", "q.toml", "--seeds", "1", "--workers", "1"];
    let why = "q.toml";
    for broken in [Some("question = [\n"), None] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let file = root.join("q.toml");
        let change = || match broken {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        };
        fs::write(&file, &text).unwrap();
        // Before anything was started it is only refused.
        change();
        refused(root, &arguments, why);
        fs::write(&file, &text).unwrap();
        let mut runner = start(root, &arguments);
        reach_the_middle(root, STEPS, &mut runner).unwrap();
        change();
        let (code, shown, error) = end(runner);
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(why), "{error}");
        let way = "the same command goes on, and `fpt table q.toml --profile smoke` shows";
        assert!(
            error.contains("what was trained is kept") && error.contains(way),
            "{error}"
        );
        assert!(shown.contains("| output "), "{shown}");
        assert!(root.join("results/smoke/q/table.md").is_file());
        // Mended, nothing is trained again.
        fs::write(&file, &text).unwrap();
        let (code, again, error) = said(root, &arguments);
        assert!(code == 0 && error.contains("nothing to do"), "{error}");
        assert_eq!(again, shown);
    }
}

#[test]
fn two_second_runs_of_one_job_never_get_in_each_other_s_way() {
    let folder = with_results();
    let root = folder.path();
    let job = jobs(root).remove(0);
    let id = job.file_name().unwrap().to_str().unwrap();
    let curve = fs::read(job.join("curve.parquet")).unwrap();
    let again = ["run", id, "--again"];
    let reproduce = ["reproduce", "q.toml", "--cells", "1", "--draw", "5"];
    for _ in 0..4 {
        for arguments in [&again[..], &reproduce[..]] {
            let before = files(&root.join("results/smoke/q"));
            let runs: Vec<Child> = (0..3).map(|_| start(root, arguments)).collect();
            let ended: Vec<_> = runs.into_iter().map(end).collect();
            for (code, said, error) in &ended {
                match code {
                    0 => assert!(said.contains("match"), "{said}{error}"),
                    _ => assert!(
                        *code == 1
                            && format!("{said}{error}").contains("running in another process"),
                        "{said}{error}"
                    ),
                }
            }
            assert!(ended.iter().any(|(code, ..)| *code == 0), "{ended:?}");
            assert_eq!(fs::read(job.join("curve.parquet")).unwrap(), curve);
            assert_eq!(files(&root.join("results/smoke/q")), before);
            assert!(!root.join("results/.anew").exists(), "it is cleared");
        }
    }
    ok(root, &["study", "q.toml", "--seeds", "2"]);
}
