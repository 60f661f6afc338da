use crate::array::Array;
use crate::ask::{Failure, Queue, Seen, TaskState};
use crate::command::{ask, complaint, run, words};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

/// Where a cluster does not say.
const USUAL_MOST: usize = 1001;

/// Seconds before its time ends at which a task is told (`SIGUSR1`), so that it can store what it has, at most; Slurm may be half a
/// minute early.
const WARNING: u64 = 120;

/// A quarter of a short time.
fn warning(minutes: Option<u64>) -> u64 {
    minutes.map_or(WARNING, |minutes| WARNING.min(minutes.saturating_mul(15)))
}

/// Tokens begin so in a job's comment.
const COMMENT: &str = "fpt-";

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

/// What is submitted: it can be read, and submitted by hand.
fn script(array: &Array) -> String {
    let request = &array.request;
    let at_a_time = request.at_a_time.map(|most| format!("%{most}"));
    let mut lines = vec![
        format!("--job-name={}", quoted(&array.name)),
        format!(
            "--array=0-{}{}",
            array.tasks.saturating_sub(1),
            at_a_time.unwrap_or_default()
        ),
        format!("--comment={COMMENT}{}", array.token),
        format!("--output={}", log(&array.folder)),
        "--open-mode=append".to_owned(),
        "--requeue".to_owned(),
        format!("--signal=B:USR1@{}", warning(request.time)),
    ];
    let asked = [
        ("partition", request.partition.as_deref().map(quoted)),
        ("account", request.account.as_deref().map(quoted)),
        ("time", request.time.map(|minutes| minutes.to_string())),
        ("mem", request.memory.map(|mib| format!("{mib}M"))),
        (
            "cpus-per-task",
            request.cores.map(|cores| cores.to_string()),
        ),
        ("gres", request.gpus.map(|gpus| format!("gpu:{gpus}"))),
    ];
    let asked = asked
        .into_iter()
        .filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
    lines.extend(asked);
    if !array.after.is_empty() {
        lines.push(format!("--dependency=afterany:{}", array.after.join(":")));
    }
    lines.extend(request.lines.iter().cloned());
    let mut text = "#!/bin/sh\n".to_owned();
    for line in lines {
        let _ = writeln!(text, "#SBATCH {line}");
    }
    let command = std::iter::once(array.program.as_os_str());
    let command = command.chain(array.arguments.iter().map(|argument| argument.as_os_str()));
    let command: Vec<String> = command.map(in_shell).collect();
    let _ = writeln!(
        text,
        "# In place of the shell: signals of the batch job are its own.\nexec {} \"$SLURM_ARRAY_TASK_ID\"",
        command.join(" ")
    );
    text
}

/// Where a task's words go, as `sbatch` writes names.
fn log(folder: &Path) -> String {
    let folder = folder.to_string_lossy().replace('%', "%%");
    quoted(&format!("{folder}/%a.log"))
}

/// A value behind `#SBATCH`.
fn quoted(value: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:,%=+@".contains(letter);
    match value.chars().all(is_plain) && !value.is_empty() {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// A word of a shell.
fn in_shell(word: &OsStr) -> String {
    format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))
}

/// The number in what `sbatch` answers, `NUMBER` or `NUMBER;CLUSTER` in a line, among those that a site may add; `None` where these
/// have another one.
fn number(said: &str) -> Option<String> {
    let first = |line: &str| Some(line.split(';').next()?.trim().to_owned());
    let numbers = said.lines().filter_map(first);
    let mut numbers: BTreeSet<String> = numbers.filter(|text| is_number(text)).collect();
    numbers.pop_first().filter(|_| numbers.is_empty())
}

/// Whether an answer was lost on its way, as Slurm says it: the controller may have what was sent.
fn is_lost(why: &str) -> bool {
    let signs = [
        "timed out",
        "Zero Bytes",
        "Unexpected",
        "ommunication",
        "connection",
    ];
    signs.iter().any(|sign| why.contains(sign))
}

/// What `squeue` says of ours. With a line that cannot be read it is not known what else is missing.
fn all_seen(said: &str) -> Result<Vec<Seen>, String> {
    let begins = |line: &str| {
        line.split_once('|')
            .is_some_and(|(array, _)| is_number(array.trim()))
    };
    let mut all = Vec::new();
    let mut is_inside = false;
    for line in said.lines().filter(|line| !line.trim().is_empty()) {
        // A comment of somebody's other job may have lines of its own.
        if is_inside && !begins(line) {
            continue;
        }
        let ours = seen(line)?;
        is_inside = ours.is_none();
        all.extend(ours);
    }
    Ok(all)
}

/// A line of `squeue`; `None` of what is not ours.
///
/// # Errors
/// When it is no such line.
fn seen(line: &str) -> Result<Option<Seen>, String> {
    let unread = || format!("`squeue` answered {:?}, which cannot be read", short(line));
    let fields: Vec<&str> = line.splitn(6, '|').map(str::trim).collect();
    let [array, task, state, node, reason, comment] = fields[..] else {
        return Err(unread());
    };
    if !is_number(array) {
        return Err(unread());
    }
    let token = comment.strip_prefix(COMMENT);
    // Of no array.
    let Some(token) = token.filter(|_| task != "N/A") else {
        return Ok(None);
    };
    let is_state = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    if state.is_empty() || !state.chars().all(is_state) {
        return Err(unread());
    }
    let state = match state {
        "RUNNING" | "COMPLETING" | "STOPPED" | "SUSPENDED" | "SIGNALING" | "STAGE_OUT" => {
            TaskState::Running(node.to_owned())
        }
        // Slurm's word for that it has not looked yet.
        "PENDING" if reason == "None" => TaskState::Waiting("no reason yet".to_owned()),
        "PENDING" => TaskState::Waiting(reason.to_owned()),
        // `CONFIGURING`, `REQUEUED`, `REQUEUE_HOLD`, `RESV_DEL_HOLD`, ….
        other => TaskState::Waiting(other.to_lowercase()),
    };
    Ok(Some(Seen {
        array: array.to_owned(),
        task: task.parse().map_err(|_| unread())?,
        token: token.to_owned(),
        state,
    }))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())
}

/// As much of an answer as a message has room for.
fn short(said: &str) -> String {
    said.chars().take(80).collect()
}

/// Whether all that `scancel` complains of is that arrays are in the queue no more.
fn is_of_ended(complaints: &str) -> bool {
    let mut lines = complaints.lines().peekable();
    lines.peek().is_some() && lines.all(|line| line.contains("Invalid job id"))
}

/// What is held against a real Slurm is in `scripts/check_slurm.sh`.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

    #[test]
    fn scancel_may_complain_of_what_has_ended_and_of_nothing_else() {
        let ended = "scancel: error: Kill job error on job id 1: Invalid job id specified";
        let denied = "scancel: error: Kill job error on job id 2: Access/permission denied";
        assert!(is_of_ended(ended) && is_of_ended(&format!("{ended}\n{ended}")));
        for said in [denied, "", &format!("{ended}\n{denied}")] {
            assert!(!is_of_ended(said), "{said}");
        }
    }

    fn array(folder: &str) -> Array {
        Array {
            name: "my study:1".to_owned(),
            token: "0a".to_owned(),
            tasks: 3,
            after: vec!["7".to_owned(), "8".to_owned()],
            program: "/a b/it's/fpt".into(),
            arguments: vec!["task".into()],
            folder: folder.into(),
            request: Request {
                partition: Some("long".to_owned()),
                time: Some(70),
                gpus: Some(1),
                at_a_time: Some(2),
                lines: vec!["--exclude=node3".to_owned()],
                ..Request::default()
            },
        }
    }

    #[test]
    fn a_script_says_what_is_asked_for_and_quotes_what_it_has_to() {
        let script = script(&array("/a b/100%"));
        for line in [
            "#SBATCH --job-name=\"my study:1\"",
            "#SBATCH --array=0-2%2",
            "#SBATCH --comment=fpt-0a",
            "#SBATCH --output=\"/a b/100%%/%a.log\"",
            "#SBATCH --partition=long",
            "#SBATCH --time=70",
            "#SBATCH --signal=B:USR1@120",
            "#SBATCH --gres=gpu:1",
            "#SBATCH --dependency=afterany:7:8",
            "#SBATCH --exclude=node3",
            r#"exec '/a b/it'\''s/fpt' 'task' "$SLURM_ARRAY_TASK_ID""#,
        ] {
            assert!(
                script.lines().any(|found| found == line),
                "{line}\n{script}"
            );
        }
        assert!(
            !script.contains("--mem"),
            "what nobody asks for is left to Slurm"
        );
    }

    #[test]
    fn lines_of_squeue_are_read_and_those_of_other_jobs_left() {
        let own = |array: &str, task, state| Seen {
            array: array.to_owned(),
            token: "0a".to_owned(),
            task,
            state,
        };
        let waiting = TaskState::Waiting("Priority".to_owned());
        assert_eq!(
            seen("12|3|PENDING||Priority|fpt-0a"),
            Ok(Some(own("12", 3, waiting)))
        );
        let unseen = TaskState::Waiting("no reason yet".to_owned());
        assert_eq!(
            seen("12|3|PENDING||None|fpt-0a"),
            Ok(Some(own("12", 3, unseen)))
        );
        let running = TaskState::Running("node7".to_owned());
        assert_eq!(
            seen("12|0|RUNNING|node7|None|fpt-0a"),
            Ok(Some(own("12", 0, running)))
        );
        let held = TaskState::Waiting("requeue_hold".to_owned());
        assert_eq!(
            seen("12|0|REQUEUE_HOLD||x|fpt-0a"),
            Ok(Some(own("12", 0, held)))
        );
        for other in [
            "13|N/A|RUNNING|n|None|(null)",
            "13|N/A|RUNNING|n|None|fpt-0a",
            "13|0|RUNNING|n|None|a|b",
            "13|0|RUNNING|n|None|",
        ] {
            assert_eq!(seen(other), Ok(None), "{other}");
        }
        for unread in [
            "1|2",
            "12|3|PEND",
            "a|0|RUNNING|n|None|fpt-0a",
            "12|0-3|PENDING||None|fpt-0a",
            "12|0||n|None|fpt-0a",
            "\u{fffd}|\u{fffd}|x|\u{1}|y|z",
        ] {
            assert!(seen(unread).is_err(), "{unread}");
        }
    }

    #[test]
    fn a_number_is_found_among_what_a_site_adds() {
        for said in ["101", "101;one", "hello\n101", "101;one\nThank you, 5 left"] {
            assert_eq!(number(said).as_deref(), Some("101"), "{said}");
        }
        for said in ["", "submitted", "101\n500"] {
            assert_eq!(number(said), None, "{said}");
        }
    }

    #[test]
    fn comments_of_others_may_have_lines_and_an_answer_none_that_is_no_answer() {
        let ours = "12|3|RUNNING|n|None|fpt-0a";
        let of_others = "13|N/A|?|n|None|one\ntwo\n{\"three\": 3}";
        for said in [
            format!("{ours}\n{of_others}\n{ours}"),
            format!("{of_others}\n{ours}\n"),
        ] {
            let count = said.matches(ours).count();
            assert_eq!(all_seen(&said).unwrap().len(), count, "{said}");
        }
        assert_eq!(all_seen("").unwrap(), []);
        for said in [
            "garbage",
            "slurm_load_jobs error\n12|3|RUNNING|n|None|fpt-0a",
        ] {
            assert!(all_seen(said).is_err(), "{said}");
        }
    }

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
