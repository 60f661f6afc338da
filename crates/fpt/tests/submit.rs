//! A study handed to a queue: a stand-in for Slurm on the `PATH`, and processes in the background. A real Slurm has
//! `scripts/check_slurm.sh`.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

#[cfg(target_os = "linux")]
use files::Hold;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{PATIENCE, ended, fpt, outputs};

const STUDY: &str = r#"question = "q?"
[job]
task = "bit-xor"
steps = 6
evaluate-every = 3
[axes]
pretraining = ["brief", "random"]
learning-rate = [1e-3, 2e-3]
[table]
rows = "pretraining"
columns = "learning-rate"
"#;

const PRETRAINING: &str = r#"task = "bit-memory"
[profile.smoke]
recipe = { steps = 4, evaluate-every = 2 }
"#;

/// What stands in for Slurm: `queue` is what it has, `refuses`, `loses` (takes an array and says that it timed out), `drops` (does not
/// take it), `silent`, `hiccup` (silent once) and `keeps` are how it fails, `mute`, `adds` and `garbage` what it answers instead.
const COMMANDS: [(&str, &str); 4] = [
    (
        "sbatch",
        r#"[ -e refuses ] && { echo "sbatch: error: invalid partition specified: $(cat refuses)" >&2; exit 1; }
number=$(($(cat number 2> /dev/null || echo 100) + 1)); echo $number > number
cp "$2" "script-$number"
comment=$(sed -n 's/^#SBATCH --comment=//p' "$2")
last=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\).*/\1/p' "$2")
[ -e drops ] || for task in $(seq 0 "$last"); do echo "$number|$task|PENDING||Priority|$comment" >> queue; done
[ -e loses ] && { echo "sbatch: error: Batch job submission failed: Socket timed out" >&2; exit 1; }
[ -e mute ] || echo "$number"
cat adds 2> /dev/null || true
"#,
    ),
    (
        "squeue",
        r#"[ -e silent ] && { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }
[ -e hiccup ] && { rm hiccup; exit 1; }
[ -e garbage ] && { cat garbage; exit 0; }
echo "7|0|RUNNING|node1|None|another's"
cat queue 2> /dev/null || true
"#,
    ),
    (
        "scancel",
        r#"[ -e keeps ] && { echo "scancel: error: $(cat keeps)" >&2; exit 1; }
for number; do sed -i "/^$number|/d" queue; done
"#,
    ),
    (
        "scontrol",
        "[ -e silent ] && exit 1; echo \"$@\" >> asked; echo 'MaxArraySize            = 2'; echo \"ClusterName             = $(cat cluster 2> /dev/null || echo one)\"\n",
    ),
];

struct Cluster {
    folder: tempfile::TempDir,
}

impl Cluster {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let pretrainings = here.join("experiments/pretraining");
        fs::create_dir_all(&pretrainings).unwrap();
        fs::write(pretrainings.join("brief.toml"), PRETRAINING).unwrap();
        fs::write(here.join("q.toml"), STUDY).unwrap();
        fs::create_dir(here.join("slurm")).unwrap();
        for (name, body) in COMMANDS {
            let path = here.join("slurm").join(name);
            fs::write(
                &path,
                format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{body}"),
            )
            .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    fn here(&self) -> &Path {
        self.folder.path()
    }

    fn slurm(&self, name: &str) -> PathBuf {
        self.here().join("slurm").join(name)
    }

    /// Exit code, stdout and stderr of `fpt` with the study, at one seed.
    fn fpt(&self, command: &str, options: &[&str]) -> (i32, String) {
        let mut arguments = vec![command, "q.toml", "--profile", "smoke"];
        if command != "cancel" {
            arguments.extend(["--seeds", "1"]);
        }
        arguments.extend(options);
        let output = self.command(&arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(said).unwrap(),
        )
    }

    /// `fpt` with these commands of Slurm.
    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!(
            "{}:{}",
            self.here().join("slurm").display(),
            std::env::var("PATH").unwrap()
        );
        let mut command = fpt(self.here(), arguments);
        command
            .env("PATH", path)
            .env("XDG_CONFIG_HOME", self.here().join("settings"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Has Slurm behave in some way.
    fn set(&self, way: &str, text: &str) {
        fs::write(self.slurm(way), text).unwrap();
    }

    fn unset(&self, way: &str) {
        fs::remove_file(self.slurm(way)).unwrap();
    }

    /// What was noted of the first submission.
    fn note(&self) -> PathBuf {
        self.here()
            .join("results/.submitted/smoke/q/1/submission.json")
    }

    fn submit(&self, options: &[&str]) -> (i32, String) {
        self.fpt("submit", &[&["--slurm", "--pack", "0"], options].concat())
    }

    fn queue(&self) -> String {
        fs::read_to_string(self.slurm("queue")).unwrap_or_default()
    }

    /// Runs the first task of the queue, as Slurm would.
    fn run_next(&self) -> bool {
        let queue = self.queue();
        let Some((first, rest)) = queue.split_once('\n') else {
            return false;
        };
        let fields: Vec<&str> = first.split('|').collect();
        let mut task = Command::new("sh");
        task.arg(self.slurm(&format!("script-{}", fields[0])))
            .env("SLURM_ARRAY_TASK_ID", fields[1])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        assert!(task.status().unwrap().success(), "{first}");
        fs::write(self.slurm("queue"), rest).unwrap();
        true
    }
}

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
