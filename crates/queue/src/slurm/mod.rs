//! Slurm, by its commands. What is held against a real one is in `scripts/check_slurm.sh`.

mod answers;
mod script;

use crate::array::Array;
use crate::ask::{Failure, Queue, Seen};
use crate::command::{ask, complaint, run, words};
use answers::{all_seen, is_lost, is_number, is_of_ended, number, short};
use script::script;
use std::ffi::OsStr;
use std::sync::OnceLock;

/// Where a cluster does not say.
const USUAL_MOST: usize = 1001;

/// Slurm, by its commands on the `PATH`.
pub struct Slurm;

impl Queue for Slurm {
    fn name(&self) -> &'static str {
        "Slurm"
    }

    /// Every text stands in a script of lines.
    fn takes(&self, text: &OsStr) -> Result<(), String> {
        let text = text.to_string_lossy();
        let is_amiss = |letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER;
        match text.trim().is_empty() || text.chars().any(is_amiss) {
            true => Err("one line of text, in UTF-8 and not empty".to_owned()),
            false => Ok(()),
        }
    }

    fn submit(&self, array: &Array) -> Result<String, Failure> {
        let path = array.folder.join("array.sh");
        let written = files::write(&path, script(array).as_bytes());
        written.map_err(|error| format!("its script {}: {error}", path.display()))?;
        let output = run("sbatch", [OsStr::new("--parsable"), path.as_os_str()])?;
        if !output.status.success() {
            let why = complaint("sbatch", &output);
            // Nor does one say anything that a signal has ended.
            let is_lost = is_lost(&why) || output.status.code().is_none();
            return Err(Failure { why, is_lost });
        }
        let said = words(&output.stdout);
        let found = number(&said).or_else(|| self.number_of(&array.token));
        found.ok_or_else(|| Failure {
            why: format!(
                "`sbatch` answered {:?}, which has no number of a job",
                short(&said)
            ),
            is_lost: true,
        })
    }

    fn whose(&self) -> Option<String> {
        static WHOSE: OnceLock<String> = OnceLock::new();
        if let Some(known) = WHOSE.get() {
            return Some(known.clone());
        }
        // Some machines know users by their numbers alone.
        let user = ask("id", ["-un"]).or_else(|_| ask("id", ["-u"])).ok()?;
        let cluster = configured("ClusterName").ok()??;
        Some(WHOSE.get_or_init(|| format!("{user} on {cluster}")).clone())
    }

    fn poll(&self) -> Result<Vec<Seen>, String> {
        // Comments of others may have any letter: last.
        let format = "--format=%F|%K|%T|%N|%r|%k";
        // Those of hidden partitions, too.
        let said = ask("squeue", ["--me", "--all", "--noheader", "--array", format])?;
        all_seen(&said)
    }

    fn cancel(&self, arrays: &[String]) -> Result<(), String> {
        if arrays.is_empty() {
            return Ok(());
        }
        let said = run("scancel", arrays).map_err(|failure| failure.why)?;
        // Of what has ended meanwhile nothing needs to be let go.
        match said.status.success() || is_of_ended(&words(&said.stderr)) {
            true => Ok(()),
            false => Err(complaint("scancel", &said)),
        }
    }

    fn most_tasks(&self) -> Result<usize, String> {
        let most = configured("MaxArraySize")?.and_then(|most| most.parse::<usize>().ok());
        // Indices stay below it.
        Ok(most.unwrap_or(USUAL_MOST).max(1))
    }
}

/// What the cluster says of itself under a name; `None` where it does not.
fn configured(name: &str) -> Result<Option<String>, String> {
    let config = ask("scontrol", ["show", "config"])?;
    let value = config.lines().find_map(|line| {
        let value = line.trim().strip_prefix(name)?.trim_start();
        Some(value.strip_prefix('=')?.trim().to_owned())
    });
    Ok(value)
}

impl Slurm {
    /// Under which number the queue has an array.
    fn number_of(&self, token: &str) -> Option<String> {
        let seen = self.poll().ok()?.into_iter();
        seen.filter(|seen| seen.token == token)
            .map(|seen| seen.array)
            .next()
    }

    /// Puts the task that this process is back into the queue; Slurm ends it then.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn requeue() -> Result<(), String> {
        let told = |name: &str| std::env::var(name).ok().filter(|value| is_number(value));
        let (array, task) = (told("SLURM_ARRAY_JOB_ID"), told("SLURM_ARRAY_TASK_ID"));
        let (Some(array), Some(task)) = (array, task) else {
            return Err("this is no task of an array".to_owned());
        };
        ask(
            "scontrol",
            ["requeue".to_owned(), format!("{array}_{task}")],
        )
        .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_line_is_not_taken() {
        let takes = |text: &str| Slurm.takes(OsStr::new(text)).is_ok();
        assert!(takes("/a b/it's") && takes("--exclude=node3") && takes("ü"));
        for text in ["", " ", "a\nb", "\r", "a\u{fffd}"] {
            assert!(!takes(text), "{text:?}");
        }
        #[cfg(unix)]
        {
            let bytes = std::os::unix::ffi::OsStrExt::from_bytes(b"/a\xffc");
            assert!(Slurm.takes(bytes).is_err());
        }
    }
}
