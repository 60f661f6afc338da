//! What Slurm's commands answer.

use super::script::COMMENT;
use crate::ask::{Seen, TaskState};
use std::collections::BTreeSet;

/// The number in what `sbatch` answers, `NUMBER` or `NUMBER;CLUSTER` in a line, among those that a site may add; `None` where these
/// have another one.
pub fn number(said: &str) -> Option<String> {
    let first = |line: &str| Some(line.split(';').next()?.trim().to_owned());
    let numbers = said.lines().filter_map(first);
    let mut numbers: BTreeSet<String> = numbers.filter(|text| is_number(text)).collect();
    numbers.pop_first().filter(|_| numbers.is_empty())
}

/// Whether an answer was lost on its way, as Slurm says it: the controller may have what was sent.
pub fn is_lost(why: &str) -> bool {
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
pub fn all_seen(said: &str) -> Result<Vec<Seen>, String> {
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

pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())
}

/// As much of an answer as a message has room for.
pub fn short(said: &str) -> String {
    said.chars().take(80).collect()
}

/// Whether all that `scancel` complains of is that arrays are in the queue no more.
pub fn is_of_ended(complaints: &str) -> bool {
    let mut lines = complaints.lines().peekable();
    lines.peek().is_some() && lines.all(|line| line.contains("Invalid job id"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn scancel_may_complain_of_what_has_ended_and_of_nothing_else() {
        let ended = "scancel: error: Kill job error on job id 1: Invalid job id specified";
        let denied = "scancel: error: Kill job error on job id 2: Access/permission denied";
        assert!(is_of_ended(ended) && is_of_ended(&format!("{ended}\n{ended}")));
        for said in [denied, "", &format!("{ended}\n{denied}")] {
            assert!(!is_of_ended(said), "{said}");
        }
    }
}
