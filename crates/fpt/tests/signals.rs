//! How a study ends that is asked to: by the signal it got, with what is known stored.
#![cfg(unix)]
#![allow(clippy::print_stderr, clippy::unwrap_used)]

mod support;

use files::Hold;
use libc::{SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use support::{PATIENCE, ended, fpt, in_the_middle, jobs, let_go, reach_the_middle, run, study};

/// More than a test waits for.
const STEPS: u64 = 1_000_000;

/// As from a terminal: signals that this process may ignore are not.
fn fresh(command: &mut Command) -> &mut Command {
    let reset = || {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // SAFETY: the default action is one.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: `signal` may be called between fork and exec.
    unsafe { command.pre_exec(reset) }
}

/// Sends a signal to a process, or to a group where that is negative.
fn send(signal: i32, to: i32) {
    // SAFETY: `kill` takes any numbers.
    assert_eq!(unsafe { libc::kill(to, signal) }, 0);
}

fn pid(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap()
}

/// What is left to be read of a child's stderr.
fn said(child: &mut Child) -> String {
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    said
}

#[test]
fn a_study_stores_what_it_knows_and_ends_by_the_signal() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let folder = study(STEPS);
        let mut command = run(folder.path());
        let mut runner = fresh(command.stderr(Stdio::piped())).spawn().unwrap();
        let (job, step) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
        send(signal, pid(&runner));
        let status = ended(&mut runner, PATIENCE);
        assert_eq!(status.signal(), Some(signal), "{status}");
        let said = said(&mut runner);
        assert!(
            said.contains("stopped with 1 job open; the same command goes on"),
            "{said}"
        );
        assert!(folder.path().join("results/smoke/q/table.md").exists());
        // The worker has ended, and the next run goes on where it was.
        let_go(&job);
        assert!(in_the_middle(folder.path(), STEPS)[&job] >= step);
        let mut again = fresh(&mut run(folder.path())).spawn().unwrap();
        while !fs::read_to_string(job.join("log"))
            .unwrap()
            .contains("goes on from step")
        {
            assert!(again.try_wait().unwrap().is_none());
            sleep(Duration::from_millis(5));
        }
        send(signal, pid(&again));
        assert_eq!(ended(&mut again, PATIENCE).signal(), Some(signal));
    }
}

#[test]
fn a_job_by_hand_ends_by_the_signal_also_while_it_waits() {
    let folder = study(STEPS);
    let mut runner = fresh(&mut run(folder.path())).spawn().unwrap();
    let (job, _) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
    send(SIGINT, pid(&runner));
    ended(&mut runner, PATIENCE);
    let_go(&job);
    let settings = job.join("job.toml").display().to_string();

    // Nobody reads what it says: that must not keep it.
    let (_reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&vec![b' '; 1 << 16]).unwrap();
    let mut training = fpt(folder.path(), &["job", &settings]);
    let mut training = fresh(training.stderr(full)).spawn().unwrap();
    sleep(Duration::from_millis(500));
    send(SIGINT, pid(&training));
    assert_eq!(ended(&mut training, PATIENCE).signal(), Some(SIGINT));

    let _held = Hold::try_take(&job).unwrap().unwrap();
    let mut waiting = fresh(&mut fpt(folder.path(), &["job", &settings]))
        .spawn()
        .unwrap();
    sleep(Duration::from_millis(500));
    assert!(waiting.try_wait().unwrap().is_none());
    send(SIGTERM, pid(&waiting));
    assert_eq!(ended(&mut waiting, PATIENCE).signal(), Some(SIGTERM));
}

/// A program that ends with a code of its own lets the shell go on with the next round.
#[test]
fn ctrl_c_ends_the_loop_of_a_shell() {
    let folder = study(STEPS);
    let study = run(folder.path());
    let words = [study.get_program()].into_iter().chain(study.get_args());
    let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
    let script = format!(
        "for i in 1 2 3; do echo \"loop $i\"; {}; echo \"rc=$?\"; done",
        words.join(" ")
    );
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(folder.path());
    shell
        .env("FPT_DATA", folder.path().join("data"))
        .process_group(0);
    let Ok(mut shell) = fresh(shell.stdout(Stdio::piped()).stderr(Stdio::null())).spawn() else {
        eprintln!("skipped: no bash is here");
        return;
    };
    reach_the_middle(folder.path(), STEPS, &mut shell).unwrap();
    // A terminal sends it to all that run in it: shell, runner and worker.
    send(SIGINT, -pid(&shell));
    let status = ended(&mut shell, PATIENCE);
    let mut printed = String::new();
    shell
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut printed)
        .unwrap();
    assert!(
        printed.contains("loop 1") && !printed.contains("loop 2"),
        "{printed}"
    );
    assert_eq!(status.signal(), Some(SIGINT), "{status}");
    let_go(&jobs(folder.path())[0]);
    assert_eq!(in_the_middle(folder.path(), STEPS).len(), 1);
}

/// The workers of a runner, whichever thread started them.
#[cfg(target_os = "linux")]
fn workers(runner: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{runner}/task"))
        .unwrap()
        .flatten();
    let children = threads.map(|thread| fs::read_to_string(thread.path().join("children")));
    let children: String = children.filter_map(Result::ok).collect();
    children
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_ctrl_c_ends_it_whatever_hangs() {
    let folder = study(STEPS);
    let mut runner = fresh(&mut run(folder.path())).spawn().unwrap();
    let (job, _) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
    let [worker] = workers(pid(&runner))[..] else {
        panic!("one worker");
    };
    // It obeys nobody, as one in a driver that hangs.
    send(SIGSTOP, worker);
    send(SIGINT, pid(&runner));
    sleep(Duration::from_secs(1));
    assert!(
        runner.try_wait().unwrap().is_none(),
        "it waits for its worker"
    );
    send(SIGINT, pid(&runner));
    let status = ended(&mut runner, Duration::from_secs(5));
    assert_eq!(status.signal(), Some(SIGINT), "{status}");
    send(SIGCONT, worker);
    let_go(&job);
}

/// `timeout` and some terminals send a signal to the process and to its group.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_comes_twice_at_once_is_one_wish() {
    let folder = study(STEPS);
    let mut command = run(folder.path());
    let mut runner = fresh(command.stderr(Stdio::piped()).process_group(0))
        .spawn()
        .unwrap();
    let (job, _) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
    send(SIGTERM, pid(&runner));
    sleep(Duration::from_millis(5));
    send(SIGTERM, -pid(&runner));
    assert_eq!(ended(&mut runner, PATIENCE).signal(), Some(SIGTERM));
    let said = said(&mut runner);
    assert!(said.contains("the same command goes on"), "{said}");
    let_go(&job);
}

#[test]
fn a_signal_that_was_to_be_ignored_is() {
    let folder = study(STEPS);
    let mut command = run(folder.path());
    let ignore = || {
        // SAFETY: to ignore a signal is one of its actions.
        unsafe { libc::signal(SIGHUP, libc::SIG_IGN) };
        Ok(())
    };
    // SAFETY: `signal` may be called between fork and exec.
    let mut runner = unsafe { fresh(&mut command).pre_exec(ignore) }
        .spawn()
        .unwrap();
    let (job, step) = reach_the_middle(folder.path(), STEPS, &mut runner).unwrap();
    // As `nohup` leaves it, when the terminal closes.
    send(SIGHUP, pid(&runner));
    while in_the_middle(folder.path(), STEPS)[&job] < step + 100 {
        assert!(runner.try_wait().unwrap().is_none(), "it ended");
        sleep(Duration::from_millis(5));
    }
    send(SIGINT, pid(&runner));
    assert_eq!(ended(&mut runner, PATIENCE).signal(), Some(SIGINT));
    let_go(&job);
}
