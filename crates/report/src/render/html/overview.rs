//! Several studies on one page: what each has found, then each in full.

use super::findings::verdict;
use super::set::Set;
use super::study::{self, beside_others};
use crate::blocks::Report;
use crate::sentence::line;
use crate::words;
use maud::{Markup, html};

pub(super) const TITLE: &str = "Frozen pretrained transformers: studies";

pub(super) fn page(
    studies: &[(Set<'_>, &Report)],
    left_out: &[(String, String)],
    leads_on: bool,
) -> Markup {
    html! {
        header {
            h1 { (TITLE) }
            nav aria-label="Studies" {
                ul {
                    @for (set, report) in studies {
                        li { a href={ "#" (set.id("study")) } { (study::title(report)) } }
                    }
                }
            }
            @if !left_out.is_empty() {
                section {
                    h2 { "Left out" }
                    ul.notes {
                        @for (name, why) in left_out {
                            li { strong { (line(name)) } ": " (line(why)) }
                        }
                    }
                }
            }
        }
        main {
            (claims(studies))
            @for (set, report) in studies { (beside_others(&set.deeper(), report, leads_on)) }
        }
    }
}

/// Every claim of every study, a line each.
fn claims(studies: &[(Set<'_>, &Report)]) -> Markup {
    let claims = studies.iter().flat_map(|(set, report)| {
        let findings = study::findings(report).into_iter();
        findings.map(move |finding| (set, report, finding))
    });
    let claims: Vec<_> = claims.collect();
    html! {
        @if !claims.is_empty() {
            section {
                h2 { "All claims" }
                div.table {
                    p.caption id="claims" { "Every claim with its verdict and what it rests on" }
                    div.scroll tabindex="0" role="group" aria-labelledby="claims" {
                        table.sort.prose aria-labelledby="claims" {
                            thead { tr { @for head in ["claim", "study", "verdict", "effect"] {
                                th scope="col" { (head) }
                            } } }
                            tbody { @for (set, report, finding) in claims {
                                tr {
                                    th scope="row" { (line(&finding.says)) }
                                    td { a href={ "#" (set.id("study")) } { (study::title(report)) } }
                                    td { (verdict(&finding.verdict)) (words::tag(&finding.verdict)) }
                                    td { @match &finding.effect {
                                        Some(effect) => (words::effect(effect)),
                                        None => span.none { "unfinished" },
                                    } }
                                }
                            } }
                        }
                    }
                }
            }
        }
    }
}
