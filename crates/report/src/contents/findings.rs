use crate::blocks::{Effect, FindingBlock};
use crate::format::{choice, floor_text, percent};
use evidence::Finding;

/// What a claim has come to.
pub(super) fn finding(finding: &Finding) -> FindingBlock {
    let (claim, decision) = (&finding.claim, &finding.decision);
    let place = choice(&claim.place);
    let at = claim.at.map(percent).unwrap_or_default();
    let bounds = (finding.bounds > 0).then(|| {
        format!(
            "{} of the runs {}: the lead is a bound, not a measurement",
            finding.bounds, claim.measure.bound
        )
    });
    let devices = (finding.devices.len() > 1).then(|| {
        let kinds: Vec<&str> = finding.devices.iter().map(String::as_str).collect();
        format!(
            "computed on devices of different kinds ({}), which round differently",
            kinds.join(", ")
        )
    });
    let floor = finding.floor.as_ref().map(floor_text);
    FindingBlock {
        says: claim.says.clone(),
        verdict: decision.verdict.clone(),
        compared: format!("{place}: {} against {}", claim.first, claim.second),
        effect: decision.lead.map(|lead| Effect {
            lead,
            unit: claim.measure.unit,
            of: claim.measure.lead.replace("{at}", &at),
            p: decision.p,
            corrected: decision.corrected,
            asked: finding.expected,
        }),
        remarks: bounds.into_iter().chain(devices).chain(floor).collect(),
    }
}
