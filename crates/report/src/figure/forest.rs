//! The claims of a study: how large each effect is, how sure, and what is found of it.

use super::forest_panel::{ForestPanel, Group};
use super::forest_row::ForestRow;
use super::legend::{Entry, Mark};
use super::mark::{OUTCOMES, Outcome};
use super::sketch::{Panel, Sketch};
use crate::format::{p, signed};
use crate::sentence::line;
use crate::summary::Summary;
use crate::words::{counts, verdict};
use evidence::{ClaimTest, Finding, Unit};

/// What the figure is called.
pub(crate) const CLAIMS: &str = "claims";

const CAPTION: &str = "Mark: mean over replicates. Thick line: 95 % t interval. Thin line: the interval that \
                       holds for all looks and claims of the study together, by which effects are small; an \
                       arrow where it leaves the figure. Shaded: from −δ to +δ, what counts as small.";

/// The figure of a study's claims; `None` while none has an effect.
pub(crate) fn sketch(summary: &Summary) -> Option<Sketch<'_>> {
    let findings = summary.findings.as_slice();
    let has_effect = findings.iter().any(|finding| finding.effect.is_some());
    let units = [Unit::Share, Unit::Steps, Unit::Nats];
    let groups = units.into_iter().filter_map(|unit| group(findings, unit));
    let panel = ForestPanel {
        groups: groups.collect(),
    };
    has_effect.then(|| Sketch {
        name: CLAIMS.to_owned(),
        title: line(&summary.question.question),
        caption: format!("{CAPTION} {}", speaks_for(findings)),
        legend: legend(findings),
        tall: panel.tall(),
        least: 1000,
        panels: vec![Box::new(panel) as Box<dyn Panel>],
    })
}

/// What side of the figure is its claims' own.
fn speaks_for(findings: &[Finding]) -> &'static str {
    let is_equal = |finding: &Finding| finding.claim.test == ClaimTest::Within;
    match (findings.iter().any(is_equal), findings.iter().all(is_equal)) {
        (false, _) => "Right of zero speaks for a claim.",
        (true, true) => "What is shaded speaks for a claim: that there is no difference.",
        (true, false) => {
            "Right of zero speaks for a claim of more, what is shaded for one of no difference."
        }
    }
}

/// The claims of one unit, which share a scale.
fn group(findings: &[Finding], unit: Unit) -> Option<Group> {
    let findings = findings.iter();
    let rows = findings.filter(|finding| finding.claim.measure.unit == unit);
    let rows: Vec<ForestRow> = rows.map(row).collect();
    (!rows.is_empty()).then_some(Group { unit, rows })
}

fn row(finding: &Finding) -> ForestRow {
    let claim = &finding.claim;
    let (scale, digits) = claim.measure.unit.scale();
    let pair = |(low, high): (f64, f64)| (low * scale, high * scale);
    let number = |value: f64| signed(value, scale, digits);
    let mut under: Vec<String> = Vec::new();
    if let Some(effect) = finding.effect {
        let interval = effect.interval();
        let interval = interval.map(|(low, high)| format!(" [{}, {}]", number(low), number(high)));
        let mean = number(effect.mean);
        under.push(format!("{mean}{}", interval.unwrap_or_default()));
        let corrected = finding
            .corrected
            .map(|corrected| format!(", {}", p(corrected)));
        let replicates = finding.replicates;
        let corrected = corrected.unwrap_or_default();
        under.push(format!("n = {replicates}{corrected}"));
    }
    if !finding.for_bodies.is_empty() {
        under.push("for this body".to_owned());
    }
    for (count, what) in [(finding.bounds, "bounds"), (finding.collapsed, "collapsed")] {
        if count > 0 {
            under.push(format!("{count} of {} runs {what}", finding.runs));
        }
    }
    ForestRow {
        says: line(&claim.says),
        compared: format!("{} · {}", line(&claim.compared), counts(claim)),
        outcome: Outcome::of(&finding.verdict),
        verdict: verdict(&finding.verdict),
        under,
        effect: finding.effect.map(|effect| effect.mean * scale),
        interval: finding
            .effect
            .and_then(|effect| effect.interval())
            .map(pair),
        wide: finding.wide.map(pair),
        margin: claim.margin * scale,
        asked: match claim.test {
            ClaimTest::More { by } if by != 0.0 => Some(by * scale),
            _ => None,
        },
        is_at_look: !finding.looks.is_empty(),
    }
}

/// The verdicts that there are, and what is asked for where a claim asks for more than 0.
fn legend(findings: &[Finding]) -> Vec<Entry> {
    let is_there = |outcome: &Outcome| {
        let mut verdicts = findings.iter().map(|finding| &finding.verdict);
        verdicts.any(|verdict| Outcome::of(verdict) == *outcome)
    };
    let outcomes = OUTCOMES.into_iter().filter(is_there);
    let mut entries: Vec<Entry> = outcomes
        .map(|outcome| Entry {
            mark: Mark::Outcome(outcome),
            name: outcome.name().to_owned(),
        })
        .collect();
    let asks =
        |finding: &Finding| matches!(finding.claim.test, ClaimTest::More { by } if by != 0.0);
    if findings.iter().any(asks) {
        entries.push(Entry {
            mark: Mark::Dashes,
            name: "the least effect that is claimed".to_owned(),
        });
    }
    entries
}
