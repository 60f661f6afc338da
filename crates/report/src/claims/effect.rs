//! Parts of a row in words.

use super::row::{ClaimRow, digits};
use crate::format::{counted, p, signed};

/// `+18.9 points of test accuracy [+17.4, +20.4]`, counted in the words given; `None` while there is none.
pub(super) fn effect(row: &ClaimRow, counts: &str) -> Option<String> {
    let digits = digits(&row.unit);
    let number = |value| signed(value, 1.0, digits);
    let effect = format!("{} {counts}", number(row.effect?));
    Some(match row.low.zip(row.high) {
        Some((low, high)) => format!("{effect} [{}, {}]", number(low), number(high)),
        None => effect,
    })
}

/// `3 replicates, p = 0.003 after Holm, also without normality`
pub(super) fn rests_on(row: &ClaimRow) -> String {
    let replicates = match row.looks > 0 || row.replicates >= row.expected {
        true => counted(row.replicates, "replicate"),
        false => format!("{} of {} replicates", row.replicates, row.expected),
    };
    // The reason of what is undecided says it.
    let p_holm = row.p_holm.filter(|_| row.why.is_none());
    let p_holm = p_holm.map(|p_holm| format!("{} after Holm", p(p_holm)));
    let badge = row
        .also_without_normality
        .then(|| "also without normality".to_owned());
    let parts: Vec<String> = [Some(replicates), p_holm, badge]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
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
