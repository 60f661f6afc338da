use crate::against::Against;
use crate::cell::Place;
use crate::finding::Finding;
use crate::pooled::Pooled;
use crate::question::{ClaimTest, TableSpec};
use crate::statistics::Estimate;
use crate::verdict::Verdict;
use std::collections::BTreeMap;

/// Compares every cell with the one at the reference's value of its axis, where the table has a reference.
pub fn compare(cells: &mut [Pooled], spec: &TableSpec, findings: &[Finding]) {
    let Some((axis, value)) = &spec.reference else {
        return;
    };
    let index: BTreeMap<Place, usize> = cells
        .iter()
        .enumerate()
        .map(|(at, cell)| (Place::of(&cell.axes), at))
        .collect();
    for (place, &at) in &index {
        let reference = place.clone().at(axis, value);
        let Some(base) = index.get(&reference).filter(|base| **base != at) else {
            continue;
        };
        let (ours, theirs) = (&cells[at].values, &cells[*base].values);
        let leads = ours
            .iter()
            .filter_map(|(replicate, ours)| Some(ours - theirs.get(replicate)?));
        cells[at].against = Some(Against {
            lead: Estimate::over(&leads.collect::<Vec<_>>()),
            decided: decided(place, &reference, spec, findings),
        });
    }
}

/// What a claim of exactly this difference came to.
fn decided(
    place: &Place,
    reference: &Place,
    spec: &TableSpec,
    findings: &[Finding],
) -> Option<Verdict> {
    findings.iter().find_map(|finding| {
        let claim = &finding.claim;
        let [a, b] = &*claim.terms else { return None };
        let is_asked = claim.measure == spec.measure
            && claim.at.is_none()
            && claim.test == (ClaimTest::More { by: 0.0 });
        let ours = |weight| (weight, place);
        let theirs = |weight| (weight, reference);
        let says = |one: (f64, &Place), other: (f64, &Place)| {
            let terms = [(a.weight, &a.place), (b.weight, &b.place)];
            terms == [one, other] || terms == [other, one]
        };
        let verdict = || finding.verdict.clone();
        match is_asked {
            true if says(ours(1.0), theirs(-1.0)) => Some(verdict()),
            true if says(ours(-1.0), theirs(1.0)) => Some(verdict().mirrored()),
            _ => None,
        }
    })
}
