//! A study of five jobs, and a stand-in for Slurm on the `PATH`.
// Not each test needs all of it.
#![allow(dead_code)]

use crate::support::fpt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const STUDY: &str = r#"question = "q?"
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

pub struct Cluster {
    folder: tempfile::TempDir,
}

impl Cluster {
    pub fn new() -> Self {
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

    pub fn here(&self) -> &Path {
        self.folder.path()
    }

    pub fn slurm(&self, name: &str) -> PathBuf {
        self.here().join("slurm").join(name)
    }

    /// Exit code, stdout and stderr of `fpt` with the study, at one seed.
    pub fn fpt(&self, command: &str, options: &[&str]) -> (i32, String) {
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
    pub fn command(&self, arguments: &[&str]) -> Command {
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
    pub fn set(&self, way: &str, text: &str) {
        fs::write(self.slurm(way), text).unwrap();
    }

    pub fn unset(&self, way: &str) {
        fs::remove_file(self.slurm(way)).unwrap();
    }

    /// What was noted of the first submission.
    pub fn note(&self) -> PathBuf {
        self.here()
            .join("results/.submitted/smoke/q/1/submission.json")
    }

    pub fn submit(&self, options: &[&str]) -> (i32, String) {
        self.fpt("submit", &[&["--slurm", "--pack", "0"], options].concat())
    }

    pub fn queue(&self) -> String {
        fs::read_to_string(self.slurm("queue")).unwrap_or_default()
    }

    /// Runs the first task of the queue, as Slurm would.
    pub fn run_next(&self) -> bool {
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
