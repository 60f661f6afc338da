use super::inline::inline;
use crate::blocks::FindingBlock;
use crate::sentence::line;
use crate::words;
use evidence::Verdict;
use maud::{Markup, html};

/// Each claim with what is found of it, and what that rests on.
pub(super) fn findings(findings: &[FindingBlock]) -> Markup {
    html! { ol.findings { @for finding in findings { (self::finding(finding)) } } }
}

fn finding(finding: &FindingBlock) -> Markup {
    let effect = finding.effect.as_ref().map(words::effect);
    let reason = match &finding.verdict {
        Verdict::Undecided { why, more } => Some(words::outlook(why, *more)),
        _ => None,
    };
    html! {
        li {
            p.verdict { (verdict(&finding.verdict)) (words::tag(&finding.verdict)) }
            div {
                p.says { (line(&finding.says)) }
                p.effect {
                    @match effect {
                        Some(effect) => (effect),
                        None => "no replicate is whole yet",
                    }
                }
                @if !finding.for_bodies.is_empty() {
                    p {
                        strong { @match finding.for_bodies.len() {
                            1 => "For this body alone",
                            _ => "For these bodies alone",
                        } } ": "
                        @for (index, body) in finding.for_bodies.iter().enumerate() {
                            @if index > 0 { ", " }
                            code { (line(body)) }
                        }
                    }
                }
                ul {
                    li { (line(&finding.compared)) }
                    @if let Some(reason) = reason { li { (line(&reason)) } }
                    @for remark in &finding.remarks { li { (inline(remark)) } }
                    @if finding.took.runs > 0 { li { "took: " (words::took(&finding.took)) } }
                }
            }
        }
    }
}

/// A verdict by its mark and its name: shape and colour say the same.
pub(super) fn verdict(verdict: &Verdict) -> Markup {
    let (kind, mark) = match verdict {
        Verdict::Supported { .. } => ("supported", "●"),
        Verdict::Refuted { .. } => ("refuted", "◆"),
        Verdict::SmallerThan => ("smaller", "■"),
        Verdict::Undecided { .. } => ("undecided", "○"),
    };
    html! { span class={ "mark " (kind) } aria-hidden="true" { (mark) } " " (verdict.name()) }
}
