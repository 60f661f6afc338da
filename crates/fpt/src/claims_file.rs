//! The page of claims as parquet.

use crate::exit::{Failing, Problem};
use report::claims::ClaimRow;
use results::Values;
use std::path::Path;

/// Writes a row a claim, a column for each of its fields.
pub fn write(path: &Path, rows: &[ClaimRow]) -> Result<(), Problem> {
    let columns = vec![
        ("study", texts(rows, |row| Some(row.study.clone()))),
        ("profile", texts(rows, |row| Some(row.profile.clone()))),
        ("claim", texts(rows, |row| Some(row.claim.clone()))),
        ("compared", texts(rows, |row| Some(row.compared.clone()))),
        ("measure", texts(rows, |row| Some(row.measure.clone()))),
        ("at", numbers(rows, |row| row.at)),
        ("unit", texts(rows, |row| Some(row.unit.clone()))),
        ("counts", texts(rows, |row| Some(row.counts.clone()))),
        ("by", numbers(rows, |row| row.by)),
        ("margin", numbers(rows, |row| Some(row.margin))),
        ("effect", numbers(rows, |row| row.effect)),
        ("low", numbers(rows, |row| row.low)),
        ("high", numbers(rows, |row| row.high)),
        ("wide_low", numbers(rows, |row| row.wide_low)),
        ("wide_high", numbers(rows, |row| row.wide_high)),
        (
            "replicates",
            counts(rows, |row| Some(row.replicates as u64)),
        ),
        ("expected", counts(rows, |row| Some(row.expected as u64))),
        ("looks", counts(rows, |row| Some(row.looks as u64))),
        ("looks_kept", flags(rows, |row| Some(row.looks_kept))),
        ("p_holm", numbers(rows, |row| row.p_holm)),
        ("sign_flip_p", numbers(rows, |row| row.sign_flip_p)),
        (
            "also_without_normality",
            flags(rows, |row| Some(row.also_without_normality)),
        ),
        ("verdict", texts(rows, |row| Some(row.verdict.clone()))),
        ("small", flags(rows, |row| Some(row.small))),
        (
            "more",
            counts(rows, |row| row.more.map(|count| count as u64)),
        ),
        (
            "more_than_looks",
            flags(rows, |row| Some(row.more_than_looks)),
        ),
        ("why", texts(rows, |row| row.why.clone())),
        ("for_body", texts(rows, |row| row.for_body.clone())),
        ("collapsed", counts(rows, |row| Some(row.collapsed as u64))),
        ("runs", counts(rows, |row| Some(row.runs as u64))),
        ("bounds", counts(rows, |row| Some(row.bounds as u64))),
        ("unread", counts(rows, |row| Some(row.unread as u64))),
        ("paper", texts(rows, |row| row.paper.clone())),
        ("paper_flag", texts(rows, |row| row.paper_flag.clone())),
        ("critics", texts(rows, |row| row.critics.clone())),
        ("critics_flag", texts(rows, |row| row.critics_flag.clone())),
    ];
    results::write_parquet(path, columns).failing("write the claims")
}

fn texts(rows: &[ClaimRow], of: impl Fn(&ClaimRow) -> Option<String>) -> Values {
    Values::Texts(rows.iter().map(of).collect())
}

fn numbers(rows: &[ClaimRow], of: impl Fn(&ClaimRow) -> Option<f64>) -> Values {
    Values::Numbers(rows.iter().map(of).collect())
}

fn counts(rows: &[ClaimRow], of: impl Fn(&ClaimRow) -> Option<u64>) -> Values {
    Values::Integers(rows.iter().map(of).collect())
}

fn flags(rows: &[ClaimRow], of: impl Fn(&ClaimRow) -> Option<bool>) -> Values {
    Values::Flags(rows.iter().map(of).collect())
}
