//! What `sbatch` is given.

use crate::array::Array;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

/// Tokens begin so in a job's comment.
pub const COMMENT: &str = "fpt-";

/// Seconds before its time ends at which a task is told (`SIGUSR1`), so that it can store what it has, at most; Slurm may be half a
/// minute early.
const WARNING: u64 = 120;

/// A quarter of a short time.
fn warning(minutes: Option<u64>) -> u64 {
    minutes.map_or(WARNING, |minutes| WARNING.min(minutes.saturating_mul(15)))
}

/// What is submitted: it can be read, and submitted by hand.
pub fn script(array: &Array) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

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
}
