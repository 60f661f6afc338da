//! How far a study is and what it took, in sentences.

use super::took::took;
use crate::format::{counted, day};
use crate::sentence::code;
use crate::sheet::Sheet;
use crate::summary::Summary;
use crate::words;

pub(super) fn standing(summary: &Summary) -> Vec<String> {
    let finished = summary.finished().count();
    let jobs = summary.planned.len();
    if finished == 0 {
        return vec![format!(
            "Nothing has finished yet of {}: {} runs what is missing.",
            counted(jobs, "job"),
            code(&format!("fpt study {}", summary.question.name)),
        )];
    }
    let cells: Vec<_> = summary.sheets.iter().flat_map(Sheet::planned).collect();
    let whole = cells
        .iter()
        .filter(|cell| cell.values.len() == cell.expected);
    let far = format!(
        "{} of {} have all replicates that were asked for; {finished} of {} have finished.",
        whole.count(),
        counted(cells.len(), "cell"),
        counted(jobs, "job"),
    );
    let took = took(summary, summary.finished());
    let times = summary.background.ran.values().map(|ran| ran.finished_at);
    let days = times.clone().min().zip(times.max());
    let days = days.map(|(first, last)| match (day(first), day(last)) {
        (first, last) if first == last => format!("; {first}"),
        (first, last) => format!("; {first} to {last}"),
    });
    let hours = words::hours(took.core_hours);
    let of = match took.timed == finished {
        true => String::new(),
        false => format!("known of {} of them, ", took.timed),
    };
    let took = (took.timed > 0).then(|| {
        format!(
            "They took {hours} core-hours ({of}pretrainings not counted){}.",
            days.unwrap_or_default()
        )
    });
    [far].into_iter().chain(took).collect()
}
