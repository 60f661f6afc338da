use crate::cell::{Cell, Place};
use crate::curve::Curve;
use crate::findings::findings;
use crate::grid::Grid;
use crate::question::Question;
use crate::run::Run;
use std::collections::BTreeMap;

/// How many replicates each place is to have next: those of the first look, and at the cells of each claim those of
/// the look that decided it, or of the one that comes after the looks that it has reached, the last one at most.
/// So nothing that a verdict rests on is ever given up, a decided claim asks for no more, and a claim whose look
/// is not whole waits for it. Where replicates were chosen by number it is those.
///
/// For whoever adds replicates; on runs with the chosen rates.
pub fn extent(
    question: &Question,
    runs: &[Run],
    curves: &[Curve],
    cells: &[Cell],
) -> BTreeMap<Place, usize> {
    let mut extent = Grid::new(runs, curves, cells).asked();
    let looks = &question.looks.at;
    let (Some(first), false) = (looks.first(), question.chosen_seeds) else {
        return extent;
    };
    extent.values_mut().for_each(|asked| *asked = *first);
    for finding in findings(question, runs, curves, cells) {
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
