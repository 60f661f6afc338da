//! What stands above the rows: how many claims came to what, and whose they are.

use super::row::ClaimRow;
use crate::format::counted;
use crate::sentence::line;
use std::collections::BTreeSet;

/// Verdicts in the order of the count.
const VERDICTS: [&str; 4] = ["supported", "refuted", "smaller than δ", "undecided"];

/// `7 claims of 2 studies: 3 supported, 1 refuted, 1 smaller than δ, 2 undecided`
pub(super) fn count(rows: &[ClaimRow]) -> String {
    let studies: BTreeSet<&str> = rows.iter().map(|row| row.study.as_str()).collect();
    let came_to = VERDICTS.iter().filter_map(|verdict| {
        let rows = rows.iter().filter(|row| row.verdict == *verdict);
        let count = rows.count();
        (count > 0).then(|| format!("{count} {verdict}"))
    });
    let came_to: Vec<String> = came_to.collect();
    let studies = match studies.len() {
        1 => "1 study".to_owned(),
        studies => format!("{studies} studies"),
    };
    match rows.len() {
        0 => "no claims".to_owned(),
        claims => format!(
            "{} of {studies}: {}",
            counted(claims, "claim"),
            came_to.join(", ")
        ),
    }
}

/// The rows of each study and profile, as they follow one another.
pub(super) fn groups(rows: &[ClaimRow]) -> impl Iterator<Item = &[ClaimRow]> {
    rows.chunk_by(|a, b| (&a.study, &a.profile) == (&b.study, &b.profile))
}

/// `modality, tiny`
pub(super) fn heading(rows: &[ClaimRow]) -> String {
    let Some(row) = rows.first() else {
        return String::new();
    };
    let by_number = match row.looks_kept {
        true => "",
        false => " (replicates asked for by number: the looks were not kept to)",
    };
    format!("{}, {}{by_number}", line(&row.study), line(&row.profile))
}
