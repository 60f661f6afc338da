use crate::cell::Place;
use crate::evidence::Evidence;
use crate::findings::findings;
use std::collections::BTreeMap;

/// How many replicates each place is to have next: those of the first look, and at the cells of each claim those of
/// the look that decided it, or of the one that comes after the looks that it has reached, the last one at most.
/// So nothing that a verdict rests on is ever given up, a decided claim asks for no more, and a claim whose look
/// is not whole waits for it. Where replicates were chosen by number it is those.
///
/// For whoever adds replicates; on runs with the chosen rates.
pub fn extent(evidence: &Evidence<'_>) -> BTreeMap<Place, usize> {
    let (question, mut extent) = (evidence.question, evidence.asked());
    let looks = &question.looks.at;
    let (Some(first), false) = (looks.first(), question.chosen_seeds) else {
        return extent;
    };
    extent.values_mut().for_each(|asked| *asked = *first);
    for finding in findings(evidence) {
        let reached = finding.looks.len();
        let next = match finding.verdict.is_decided() {
            true => reached.saturating_sub(1),
            false => reached.min(looks.len() - 1),
        };
        for term in &finding.claim.terms {
            if let Some(asked) = extent.get_mut(&term.place) {
                *asked = (*asked).max(looks[next]);
            }
        }
    }
    extent
}
