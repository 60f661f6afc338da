use super::took::Finished;
use crate::blocks::{Effect, FindingBlock};
use crate::format::{counted, fixed, percent, signed};
use crate::sentence::name;
use crate::summary::Summary;
use crate::words::counts;
use evidence::{Claim, ClaimTest, Finding, Verdict};
use tasks::Floor;

/// What a claim has come to.
pub(super) fn finding(
    summary: &Summary,
    finished: &Finished<'_>,
    finding: &Finding,
) -> FindingBlock {
    let claim = &finding.claim;
    FindingBlock {
        says: claim.says.clone(),
        verdict: finding.verdict.clone(),
        for_bodies: finding.for_bodies.clone(),
        compared: claim.compared.clone(),
        effect: effect(finding),
        took: finished.took(summary, claim),
        remarks: [
            quoted(claim),
            asked(claim),
            of_itself(claim),
            margin(finding),
            bounds(finding),
            collapsed(finding),
            devices(finding),
            floors(&finding.floors),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

fn effect(finding: &Finding) -> Option<Effect> {
    let is_decided = finding.verdict.is_decided();
    Some(Effect {
        estimate: finding.effect?,
        unit: finding.claim.measure.unit,
        of: counts(&finding.claim),
        asked: finding.expected,
        at_look: !finding.looks.is_empty(),
        // What is undecided says its p as a reason.
        corrected: finding.corrected.filter(|_| is_decided),
        also_without_normality: finding.also_without_normality,
    })
}

/// What the paper says, and its critics.
fn quoted(claim: &Claim) -> Option<String> {
    let said = [("paper", &claim.paper), ("critics", &claim.critics)];
    let said = said.into_iter().filter_map(|(who, said)| {
        let said = said.as_ref()?;
        Some(format!(
            "{who}: {} ({})",
            name(&said.says),
            said.flag.name()
        ))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// What no interval of a single cell has in it, and one of two cells does not need.
fn of_itself(claim: &Claim) -> Option<String> {
    claim.is_of_one().then(|| {
        "said for these examples: what their choice does, alike in every replicate, is in no interval".to_owned()
    })
}

/// What a claim asks for beyond a sign.
fn asked(claim: &Claim) -> Option<String> {
    let (scale, digits) = claim.measure.unit.scale();
    match claim.test {
        ClaimTest::More { by } if by != 0.0 => {
            Some(format!("claimed: more than {}", signed(by, scale, digits)))
        }
        _ => None,
    }
}

/// The interval of verdicts that rest on it.
fn margin(finding: &Finding) -> Option<String> {
    let rests_on_it = match finding.verdict {
        Verdict::Supported { small } | Verdict::Refuted { small } => {
            small || finding.claim.test == ClaimTest::Within
        }
        Verdict::SmallerThan => true,
        Verdict::Undecided { .. } => finding.claim.test == ClaimTest::Within,
    };
    let (low, high) = finding.wide.filter(|_| rests_on_it)?;
    let (scale, digits) = finding.claim.measure.unit.scale();
    let [low, high] = [low, high].map(|end| signed(end, scale, digits));
    let margin = fixed(finding.claim.margin * scale, digits);
    Some(format!(
        "over all looks and claims {low} to {high}, held against δ = {margin}"
    ))
}

fn bounds(finding: &Finding) -> Option<String> {
    (finding.bounds > 0).then(|| {
        let (runs, bound) = (counted(finding.runs, "run"), finding.claim.measure.bound);
        format!(
            "{} of {runs} {bound}: the effect is a bound, not a measurement",
            finding.bounds
        )
    })
}

fn collapsed(finding: &Finding) -> Option<String> {
    let (collapsed, runs) = (finding.collapsed, counted(finding.runs, "run"));
    (collapsed > 0).then(|| format!("{collapsed} of {runs} no better than the majority class"))
}

fn devices(finding: &Finding) -> Option<String> {
    let kinds: Vec<&str> = finding.devices.iter().map(String::as_str).collect();
    (kinds.len() > 1).then(|| {
        format!(
            "computed on devices of different kinds ({}), which round differently",
            kinds.join(", ")
        )
    })
}

fn floors(floors: &[Floor]) -> Option<String> {
    let floor = |floor: &Floor| format!("{} {}", floor.strategy, percent(floor.accuracy));
    let said: Vec<String> = floors.iter().map(floor).collect();
    let plural = if said.len() > 1 { "s" } else { "" };
    (!said.is_empty()).then(|| format!("trivial floor{plural}: {}", said.join(", ")))
}
