//! Parts of a row in words.

use super::row::{ClaimRow, digits};
use crate::format::{counted, fixed, p, signed};

/// `+18.9 points of test accuracy`; `None` while there is none.
pub(super) fn effect(row: &ClaimRow) -> Option<String> {
    let effect = signed(row.effect?, 1.0, digits(&row.unit));
    Some(format!("{effect} {}", row.counts))
}

/// Why there is none.
pub(super) fn unread(row: &ClaimRow) -> String {
    match row.unread {
        0 => "unfinished".to_owned(),
        1 => "1 run has no such reading".to_owned(),
        runs => format!("{runs} runs have no such reading"),
    }
}

/// `[+17.4, +20.4]`
pub(super) fn interval(row: &ClaimRow) -> Option<String> {
    let number = |value| signed(value, 1.0, digits(&row.unit));
    let (low, high) = row.low.zip(row.high)?;
    Some(format!("[{}, {}]", number(low), number(high)))
}

/// `3`, `2 of 3` before the first look.
pub(super) fn replicates(row: &ClaimRow) -> String {
    match row.looks > 0 || row.replicates >= row.expected {
        true => row.replicates.to_string(),
        false => format!("{} of {}", row.replicates, row.expected),
    }
}

/// `p = 0.003 after Holm at 3 replicates, also without normality`
pub(super) fn rests_on(row: &ClaimRow) -> String {
    let at = match (
        row.looks > 0 || row.replicates >= row.expected,
        row.replicates,
    ) {
        (true, n) => counted(n, "replicate"),
        (false, n) => format!("{n} of {} replicates", row.expected),
    };
    // The reason of what is undecided says its p.
    let p_holm = row.p_holm.filter(|_| row.why.is_none());
    let at = match p_holm {
        Some(p_holm) => format!("{} after Holm at {at}", p(p_holm)),
        None => at,
    };
    let badge = row
        .also_without_normality
        .then(|| "also without normality".to_owned());
    let parts: Vec<String> = [Some(at), held_against(row), badge]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

/// What the effect has to be beyond zero, or within.
fn held_against(row: &ClaimRow) -> Option<String> {
    let digits = digits(&row.unit);
    let by_margin = row.small || row.verdict == "smaller than δ";
    match row.by {
        None => Some(format!("δ = {}", fixed(row.margin, digits))),
        Some(_) if by_margin => Some(format!("δ = {}", fixed(row.margin, digits))),
        Some(0.0) => None,
        Some(by) => Some(format!("claimed: more than {}", signed(by, 1.0, digits))),
    }
}

/// What weakens the numbers: `2 of 6 runs no better than the majority class`.
pub(super) fn remarks(row: &ClaimRow) -> Vec<String> {
    let of = |count: usize, what: &str| {
        (count > 0).then(|| format!("{count} of {} {what}", counted(row.runs, "run")))
    };
    [
        of(row.bounds, "only bounds: so is the effect"),
        of(row.collapsed, "no better than the majority class"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What others say, with how far it can be trusted: `98.0 against 91.7 (secondary)`.
pub(super) fn quoted(says: Option<&String>, flag: Option<&String>) -> Option<String> {
    let says = says?;
    Some(match flag {
        Some(flag) => format!("{says} ({flag})"),
        None => says.clone(),
    })
}
