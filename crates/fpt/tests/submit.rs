//! A study handed to a queue: a stand-in for Slurm on the `PATH`, and processes in the background. A real Slurm has
//! `scripts/check_slurm.sh`.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

#[path = "common/cluster.rs"]
mod cluster;
mod support;

use cluster::Cluster;
#[cfg(target_os = "linux")]
use files::Hold;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::outputs;

#[cfg(target_os = "linux")]
impl Cluster {
    /// Runs the first task of the queue until it hears that its time is about to end: exit code, and what it said.
    fn warned(&self) -> (Option<i32>, String) {
        let path = std::env::var("PATH").unwrap();
        let mut task = Command::new("sh");
        task.arg(self.slurm("script-101"))
            .env(
                "PATH",
                format!("{}:{path}", self.here().join("slurm").display()),
            )
            .env("SLURM_ARRAY_JOB_ID", "101")
            .env("SLURM_ARRAY_TASK_ID", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let task = task.spawn().unwrap();
        let status = format!("/proc/{}/status", task.id());
        let hears = || {
            let status = fs::read_to_string(&status).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
            caught & (1 << (libc::SIGUSR1 - 1)) != 0
        };
        let start = Instant::now();
        while !hears() {
            assert!(start.elapsed() < support::PATIENCE, "it does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        // SAFETY: a system call without memory.
        assert_eq!(unsafe { libc::kill(task.id() as i32, libc::SIGUSR1) }, 0);
        let ended = task.wait_with_output().unwrap();
        (
            ended.status.code(),
            String::from_utf8(ended.stderr).unwrap(),
        )
    }
}

fn undisturbed() -> Cluster {
    let alone = Cluster::new();
    let (code, said) = alone.fpt("study", &["--workers", "1"]);
    assert_eq!(code, 0, "{said}");
    alone
}

#[test]
fn what_is_missing_is_queued_once_and_comes_out_as_alone() {
    let cluster = Cluster::new();
    let (code, said) = cluster.submit(&["--partition", "long", "--line=--exclude=node3"]);
    // A pretraining, and four jobs in arrays of two.
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("q:pretraining (101, 1 task), q:2 (102, 2 tasks), q:3 (103, 2 tasks)"),
        "{said}"
    );
    let script = fs::read_to_string(cluster.slurm("script-102")).unwrap();
    for line in [
        "--partition=long",
        "--exclude=node3",
        "--dependency=afterany:101",
        "--requeue",
    ] {
        assert!(
            script.contains(&format!("#SBATCH {line}\n")),
            "{line}: {script}"
        );
    }
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 0 && said.contains("nothing to submit; 5 jobs in the queue"),
        "{said}"
    );
    let (_, said) = cluster.fpt("status", &[]);
    assert!(
        said.contains("5 queued") && said.contains("as task 101_0: Priority"),
        "{said}"
    );

    // The program that submitted is what runs, whatever has become of it.
    assert!(script.contains(".submitted/bin/fpt-"), "{script}");
    while cluster.run_next() {}
    let (_, said) = cluster.fpt("status", &[]);
    assert!(
        said.contains("5 done") && said.contains("that they had asked for"),
        "{said}"
    );
    let (code, said) = cluster.submit(&[]);
    assert!(code == 0 && said.contains("nothing to submit\n"), "{said}");
    assert_eq!(outputs(cluster.here()), outputs(undisturbed().here()));
}

#[test]
fn nothing_is_sent_twice_whatever_the_queue_answers() {
    let cluster = Cluster::new();
    // It takes the first array, and nobody hears of it.
    fs::write(cluster.slurm("loses"), "").unwrap();
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 1 && said.contains("Socket timed out") && said.contains("0 of 3 arrays"),
        "{said}"
    );
    fs::remove_file(cluster.slurm("loses")).unwrap();

    // With its controller nothing of it answers.
    fs::write(cluster.slurm("silent"), "").unwrap();
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 1 && said.contains("nothing was submitted"),
        "{said}"
    );
    let (code, said) = cluster.fpt("status", &[]);
    assert!(
        code == 0
            && said.contains("not known")
            && !said.contains("ask there")
            && !said.contains("lost"),
        "{said}"
    );
    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(code == 1 && said.contains("not known"), "{said}");
    fs::remove_file(cluster.slurm("silent")).unwrap();

    fs::write(cluster.slurm("refuses"), "long").unwrap();
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 1 && said.contains("invalid partition specified: long"),
        "{said}"
    );
    fs::remove_file(cluster.slurm("refuses")).unwrap();
    assert_eq!(cluster.queue().lines().count(), 1, "the pretraining");

    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 0 && said.contains("q:1 (102, 2 tasks), q:2 (103, 2 tasks)"),
        "{said}"
    );
    // Behind the array whose number was found in the queue.
    let script = fs::read_to_string(cluster.slurm("script-102")).unwrap();
    assert!(script.contains("--dependency=afterany:101"), "{script}");
    assert_eq!(cluster.queue().lines().count(), 5);

    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(
        code == 0 && said.contains("cancelled 101, 102, 103"),
        "{said}"
    );
    assert_eq!(cluster.queue(), "");
    // They were let go of before they began, and are not lost.
    let (_, said) = cluster.fpt("status", &[]);
    assert!(
        said.contains("5 open") && !said.contains("lost") && !said.contains("step 0"),
        "{said}"
    );
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 0 && said.contains("q:pretraining (104, 1 task)"),
        "{said}"
    );

    // Somebody else let go of them.
    fs::write(cluster.slurm("queue"), "").unwrap();
    let (_, said) = cluster.fpt("status", &[]);
    assert!(
        said.contains("5 lost") && said.contains("task 104_0 is in the queue no more"),
        "{said}"
    );
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 0 && said.contains("q:pretraining (107, 1 task)"),
        "{said}"
    );
}

/// Its time ends before it has come any further, here since somebody else has its job: Slurm would put it back for ever. One that is
/// told before most of its time is over was not there for all of it.
#[cfg(target_os = "linux")]
#[test]
fn a_task_that_comes_no_further_in_its_time_does_not_go_back_into_the_queue() {
    let cluster = Cluster::new();
    let (code, said) = cluster.submit(&["--filter", "pretraining=random", "--time", "60"]);
    assert_eq!(code, 0, "{said}");
    let jobs = support::jobs(cluster.here());
    let held = jobs.iter().map(|job| Hold::try_take(job).unwrap());
    let held: Vec<Hold> = held.map(Option::unwrap).collect();
    let (code, _) = cluster.warned();
    assert_eq!(code, Some(0));
    let asked = || fs::read_to_string(cluster.slurm("asked")).unwrap_or_default();
    assert!(asked().contains("requeue 101_0"), "{}", asked());

    fs::remove_file(cluster.slurm("asked")).unwrap();
    let note = cluster
        .here()
        .join("results/.submitted/smoke/q/1/submission.json");
    let text = fs::read_to_string(&note).unwrap();
    assert!(text.contains("\"time\": 60"), "{text}");
    fs::write(&note, text.replace("\"time\": 60", "\"time\": 0")).unwrap();
    let (code, said) = cluster.warned();
    assert!(
        code == Some(1) && said.contains("time is too short"),
        "{code:?} {said}"
    );
    assert!(!asked().contains("requeue"), "{}", asked());
    drop(held);
}

/// One results folder, seen from two clusters: what the other one's queue has is not lost.
#[test]
fn what_another_cluster_has_is_neither_lost_nor_sent_again() {
    let cluster = Cluster::new();
    assert_eq!(cluster.submit(&[]).0, 0);
    let there = fs::read_to_string(cluster.slurm("queue")).unwrap();
    fs::write(cluster.slurm("cluster"), "two").unwrap();
    fs::write(cluster.slurm("queue"), "").unwrap();
    let (code, said) = cluster.fpt("status", &[]);
    assert!(
        code == 0 && said.contains("5 queued") && said.contains("on one: ask there"),
        "{said}"
    );
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 0
            && said.contains("on one: ask there, or remove")
            && said.contains("nothing to submit"),
        "{said}"
    );
    assert_eq!(cluster.queue(), "");
    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(
        code == 0 && said.contains("on one still has of it is let go of there"),
        "{said}"
    );

    fs::write(cluster.slurm("cluster"), "one").unwrap();
    fs::write(cluster.slurm("queue"), there).unwrap();
    let (code, said) = cluster.submit(&[]);
    assert!(code == 0 && said.contains("5 jobs in the queue"), "{said}");
}

#[test]
fn what_a_cluster_is_always_asked_for_stands_in_a_file() {
    let cluster = Cluster::new();
    let file = cluster.here().join("cluster.toml");
    fs::write(&file, "[slurm]\npartiton = \"x\"\n").unwrap();
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 2 && said.contains("cluster.toml") && said.contains("partiton"),
        "{said}"
    );
    fs::write(
        &file,
        "[slurm]\npartition = \"short\"\ntime = 33\nlines = [\"--qos=low\"]\n",
    )
    .unwrap();
    let (code, said) = cluster.submit(&["--partition", "long"]);
    assert_eq!(code, 0, "{said}");
    let script = fs::read_to_string(cluster.slurm("script-101")).unwrap();
    for line in [
        "--partition=long",
        "--time=33",
        "--qos=low",
        "--cpus-per-task=1",
    ] {
        assert!(
            script.contains(&format!("#SBATCH {line}\n")),
            "{line}: {script}"
        );
    }
    // A machine without a Slurm: as long as that may have something, processes in the background do not get it.
    cluster.unset("scontrol");
    let (code, said) = cluster.submit(&[]);
    assert!(
        code == 1 && said.contains("Slurm does not answer") && !said.contains("--local"),
        "{said}"
    );
    let other = Cluster::new();
    other.unset("scontrol");
    let (code, said) = other.submit(&[]);
    assert!(
        code == 1 && said.contains("Slurm does not answer") && said.contains("--local"),
        "{said}"
    );
}

#[test]
fn in_the_background_it_comes_out_as_alone() {
    let cluster = Cluster::new();
    let (code, said) = cluster.fpt("submit", &["--local", "--at-a-time", "2"]);
    assert!(code == 0 && said.contains("q:pretraining"), "{said}");
    let started = Instant::now();
    loop {
        let (code, said) = cluster.fpt("submit", &["--local"]);
        assert_eq!(code, 0, "{said}");
        if said.contains("nothing to submit\n") {
            break;
        }
        assert!(said.contains("in the queue"), "{said}");
        assert!(started.elapsed() < Duration::from_secs(120), "{said}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(outputs(cluster.here()), outputs(undisturbed().here()));
}

/// Who is killed between writing it and making it executable leaves it as a file.
#[test]
fn the_program_of_the_tasks_is_made_executable_again() {
    use std::os::unix::fs::PermissionsExt;
    let cluster = Cluster::new();
    let (code, said) = cluster.submit(&[]);
    assert_eq!(code, 0, "{said}");
    let folder = cluster.here().join("results/.submitted/bin");
    let mut programs = fs::read_dir(folder).unwrap();
    let program = programs.next().unwrap().unwrap().path();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = cluster.fpt("cancel", &[]);
    assert!(code == 0 && said.contains("q.toml --slurm"), "{said}");
    let (code, said) = cluster.submit(&[]);
    assert_eq!(code, 0, "{said}");
    let mode = fs::metadata(&program).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "{mode:o}");
}
