//! The page as a terminal shows it: a verdict, and beside it what was claimed and found.

use super::columns::{beside, wrap};
use super::effect::{effect, quoted, remarks, rests_on};
use super::head::{count, groups, heading};
use super::row::ClaimRow;
use crate::sentence::line;
use crate::words::outlook;

/// Of `smaller than δ`.
const VERDICT: usize = 14;
/// From here on effects and the paper's words stand beside the claims.
const WIDE: usize = 120;
/// Less than this is wrapped by the terminal.
const NARROW: usize = 40;

/// The page for a terminal of so many columns, without colour.
pub fn terminal(rows: &[ClaimRow], width: usize) -> String {
    let width = width.max(NARROW);
    let mut out = wrap(&count(rows), width).join("\n") + "\n";
    for group in groups(rows) {
        out.push('\n');
        for line in wrap(&heading(group), width) {
            out.push_str(&line);
            out.push('\n');
        }
        for row in group {
            out.push('\n');
            out.push_str(&match width >= WIDE {
                true => wide(row, width),
                false => narrow(row, width),
            });
        }
    }
    out
}

/// Verdict, and all that is said beside it.
fn narrow(row: &ClaimRow, width: usize) -> String {
    let paper = said("paper", row.paper.as_ref(), row.paper_flag.as_ref());
    let critics = said("critics", row.critics.as_ref(), row.critics_flag.as_ref());
    let effect = match effect(row, &row.counts) {
        Some(effect) => format!("{effect}, {}", rests_on(row)),
        None => unfinished(row),
    };
    let parts = [line(&row.claim), line(&row.compared), effect];
    let parts = parts.into_iter().chain(details(row));
    let text = wrapped(parts.chain(paper).chain(critics), width - VERDICT - 2);
    beside(&[(VERDICT, verdict(row)), (0, text)])
}

/// The same with effects and the paper in columns of their own.
fn wide(row: &ClaimRow, width: usize) -> String {
    let room = width - VERDICT - 6;
    let (effects, papers) = (room * 30 / 100, room * 26 / 100);
    let claims = room - effects - papers;
    let claim = [line(&row.claim), line(&row.compared)];
    let claim = claim.into_iter().chain(details(row));
    let effect = match effect(row, &row.counts) {
        Some(effect) => vec![effect, rests_on(row)],
        None => vec![unfinished(row)],
    };
    let paper = said("paper", row.paper.as_ref(), row.paper_flag.as_ref());
    let critics = said("critics", row.critics.as_ref(), row.critics_flag.as_ref());
    beside(&[
        (VERDICT, verdict(row)),
        (claims, wrapped(claim, claims)),
        (effects, wrapped(effect, effects)),
        (papers, wrapped(paper.into_iter().chain(critics), papers)),
    ])
}

/// A claim that no replicate has a number for yet.
fn unfinished(row: &ClaimRow) -> String {
    format!("unfinished, {}", rests_on(row))
}

/// The verdict, and under it what it is tagged with.
fn verdict(row: &ClaimRow) -> Vec<String> {
    let small = row.small.then_some("small");
    let body = row.for_body.as_ref().map(|_| "for this body");
    let words = [Some(row.verdict.as_str()), small, body];
    words.into_iter().flatten().map(str::to_owned).collect()
}

/// Why it is undecided, and what weakens or narrows it.
fn details(row: &ClaimRow) -> Vec<String> {
    let why = row.why.as_ref();
    let why = why.map(|why| outlook(&line(why), row.more));
    let body = row.for_body.as_ref();
    let body = body.map(|body| format!("body: {}", line(body)));
    why.into_iter().chain(remarks(row)).chain(body).collect()
}

fn said(who: &str, says: Option<&String>, flag: Option<&String>) -> Option<String> {
    let said = quoted(says, flag)?;
    Some(format!("{who}: {}", line(&said)))
}

/// Each part on lines of its own.
fn wrapped(parts: impl IntoIterator<Item = String>, width: usize) -> Vec<String> {
    let parts = parts.into_iter();
    parts.flat_map(|part| wrap(&part, width)).collect()
}
