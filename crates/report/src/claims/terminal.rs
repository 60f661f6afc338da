//! The page as a terminal shows it: a verdict, and beside it what was claimed and found.

use super::effect::{effect, interval, quoted, remarks, rests_on, unread};
use super::head::{count, groups, heading};
use super::row::ClaimRow;
use crate::columns::{GAP, beside, whole, wrap};
use crate::sentence::line;
use crate::words::outlook;
use evidence::More;

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
    let found = found(row).join(", ");
    let parts = [line(&row.claim), line(&row.compared), found];
    let parts = parts.into_iter().chain(details(row)).chain(others(row));
    let text = wrapped(parts, width - VERDICT - GAP);
    beside(&[(VERDICT, verdict(row)), (0, text)])
}

/// The same with effects and what others say in columns of their own.
fn wide(row: &ClaimRow, width: usize) -> String {
    let room = width - VERDICT - 3 * GAP;
    let (effects, papers) = (room * 38 / 100, room * 24 / 100);
    let claims = room - effects - papers;
    let claim = [line(&row.claim), line(&row.compared)];
    let claim = claim.into_iter().chain(details(row));
    beside(&[
        (VERDICT, verdict(row)),
        (claims, wrapped(claim, claims)),
        (effects, wrapped(found(row), effects)),
        (papers, wrapped(others(row), papers)),
    ])
}

/// The effect with its interval, and what it rests on.
fn found(row: &ClaimRow) -> Vec<String> {
    let effect = match (effect(row), interval(row)) {
        (Some(effect), Some(interval)) => format!("{effect} {}", whole(&interval)),
        (Some(effect), None) => effect,
        (None, _) => unread(row),
    };
    // A number does not part from its sign.
    let found = [effect, rests_on(row)];
    let found = found.map(|words| words.replace(" %", &whole(" %")));
    found
        .map(|words| words.replace(" = ", &whole(" = ")))
        .to_vec()
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
    // What is unfinished says so with its effect.
    let why = row.why.as_ref().filter(|_| row.effect.is_some());
    let more = row.more.map(|replicates| More {
        replicates,
        is_beyond: row.more_than_looks,
    });
    let why = why.map(|why| outlook(&line(why), more).replace(" = ", &whole(" = ")));
    let body = row.for_body.as_ref();
    let body = body.map(|body| format!("body: {}", line(body)));
    why.into_iter().chain(remarks(row)).chain(body).collect()
}

/// What the paper says, and its critics.
fn others(row: &ClaimRow) -> Vec<String> {
    let paper = said("paper", row.paper.as_ref(), row.paper_flag.as_ref());
    let critics = said("critics", row.critics.as_ref(), row.critics_flag.as_ref());
    paper.into_iter().chain(critics).collect()
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
