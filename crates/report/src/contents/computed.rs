//! Where and when runs were computed.

use crate::background::Ran;
use crate::format::day;
use crate::summary::Summary;
use crate::table::{Column, Role, Table, Value};
use std::collections::BTreeMap;

/// Letters of a commit that are shown.
const COMMIT: usize = 10;

/// A row for each device and program; `None` where nothing is noted.
pub(super) fn computed(summary: &Summary) -> Option<Table> {
    let mut groups: BTreeMap<(&str, &str, String), Vec<&Ran>> = BTreeMap::new();
    for run in summary.finished() {
        if let Some(ran) = summary.background.ran.get(&run.cell.job) {
            let program = (ran.device.as_str(), ran.version.as_str(), commit(ran));
            groups.entry(program).or_default().push(ran);
        }
    }
    let words = ["device", "version", "commit"].map(Column::left);
    let numbers = ["jobs", "hours", "core-hours"].map(Column::right);
    let days = ["first", "last"].map(Column::left);
    (!groups.is_empty()).then(|| Table {
        role: Role::Computed,
        caption: "Jobs by the device and the program that computed them, with the days on which the first and the last \
                  ended; a commit with changes beyond it has a `+`"
            .to_owned(),
        columns: words.into_iter().chain(numbers).chain(days).collect(),
        rows: groups.into_iter().map(row).collect(),
        foot: None,
    })
}

fn row(((device, version, commit), jobs): ((&str, &str, String), Vec<&Ran>)) -> Vec<Value> {
    let days = jobs.iter().map(|ran| ran.finished_at);
    let on_cores: Vec<f64> = jobs.iter().filter_map(|ran| ran.core_hours).collect();
    let at = |time: Option<u64>| time.map_or(Value::Absent, |time| Value::text(day(time)));
    vec![
        Value::text(device),
        Value::text(version),
        Value::text(commit),
        Value::Count(jobs.len()),
        Value::Hours(jobs.iter().map(|ran| ran.hours).sum()),
        match on_cores.is_empty() {
            true => Value::Absent,
            false => Value::Hours(on_cores.into_iter().sum()),
        },
        at(days.clone().min()),
        at(days.max()),
    ]
}

/// The beginning of the commit, `+` where the tree had changes; `–` where it is not known.
pub(super) fn commit(ran: &Ran) -> String {
    let mark = if ran.dirty { "+" } else { "" };
    match &ran.commit {
        Some(commit) => commit.chars().take(COMMIT).collect::<String>() + mark,
        None => "–".to_owned(),
    }
}
