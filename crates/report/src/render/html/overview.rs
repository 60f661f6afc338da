//! Several studies on one page: what each has found, then each for itself.

use super::Part;
use super::findings::verdict;
use super::set::Set;
use super::study::{self, beside_others};
use crate::sentence::line;
use crate::words;
use maud::{Markup, html};

pub(super) const TITLE: &str = "Frozen pretrained transformers: studies";

pub(super) fn page(studies: &[(Set<'_>, &Part<'_>)], left_out: &[(String, String)]) -> Markup {
    html! {
        header {
            h1 { (TITLE) }
            nav aria-label="Studies" {
                ul {
                    @for (set, part) in studies {
                        li { a href={ "#" (set.id("study")) } { (study::title(part.report)) } }
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
            @for (set, part) in studies { (beside_others(&set.deeper(), part)) }
        }
    }
}

/// Every claim of every study, a line each.
fn claims(studies: &[(Set<'_>, &Part<'_>)]) -> Markup {
    let claims = studies.iter().flat_map(|(set, part)| {
        let report = part.report;
        let findings = study::findings(report).into_iter();
        findings.map(move |finding| (set, report, finding))
    });
    let claims: Vec<_> = claims.collect();
    html! {
        @if !claims.is_empty() {
            section {
                h2 { "All claims" }
                p.standing {
                    "Values of the paper came here through one careful source (secondary) or from memory (recalled); a † stands where runs of a cell diverged."
                }
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
