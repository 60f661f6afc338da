use crate::cell::Place;
use crate::family::decide;
use crate::pooled::Pooled;
use std::collections::BTreeMap;

/// Compares every cell with the one at the reference's value of its axis, paired by seed; one family for
/// all of them.
pub fn compare(cells: &mut [Pooled], reference: &(String, String)) {
    let (axis, value) = reference;
    let index: BTreeMap<Place, usize> = cells
        .iter()
        .enumerate()
        .map(|(at, cell)| (Place::of(&cell.axes), at))
        .collect();
    let mut compared = Vec::new();
    let mut family = Vec::new();
    for (place, &at) in &index {
        let base = index.get(&place.clone().at(axis, value));
        let Some(base) = base.filter(|base| **base != at) else {
            continue;
        };
        let (ours, theirs) = (&cells[at].values, &cells[*base].values);
        let leads = ours
            .iter()
            .filter_map(|(seed, ours)| Some(ours - theirs.get(seed)?));
        family.push(leads.collect());
        compared.push(at);
    }
    for (at, decision) in compared.into_iter().zip(decide(&family)) {
        cells[at].against = Some(decision);
    }
}
