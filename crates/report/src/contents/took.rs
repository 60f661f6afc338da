use crate::blocks::Took;
use crate::summary::Summary;
use evidence::{Choice, Claim, Place, Run, seed};
use std::collections::BTreeMap;

/// What these runs took.
pub(super) fn took<'a>(summary: &Summary, runs: impl Iterator<Item = &'a Run>) -> Took {
    let ran = &summary.background.ran;
    runs.fold(Took::default(), |sum, run| {
        let hours = ran.get(&run.cell.job).and_then(|ran| ran.core_hours);
        Took {
            runs: sum.runs + 1,
            core_hours: sum.core_hours + hours.unwrap_or(0.0),
            timed: sum.timed + usize::from(hours.is_some()),
        }
    })
}

/// The finished runs of each cell, pilots among them.
pub(super) struct Finished<'a>(BTreeMap<&'a Choice, Vec<&'a Run>>);

impl<'a> Finished<'a> {
    pub fn of(summary: &'a Summary) -> Self {
        let mut runs: BTreeMap<&Choice, Vec<&Run>> = BTreeMap::new();
        for run in summary.finished() {
            runs.entry(&run.cell.axes).or_default().push(run);
        }
        Self(runs)
    }

    /// Those of a cell.
    pub fn at(&self, axes: &Choice) -> &[&'a Run] {
        self.0.get(axes).map_or(&[], Vec::as_slice)
    }

    /// What the replicates of a claim's cells took, pilots apart.
    pub fn took(&self, summary: &Summary, claim: &Claim) -> Took {
        let is_of_it = |axes: &Choice| {
            let place = Place::of(axes);
            claim.terms.iter().any(|term| term.place == place)
        };
        let cells = self.0.iter().filter(|(axes, _)| is_of_it(axes));
        let runs = cells.flat_map(|(_, runs)| runs.iter().copied());
        took(
            summary,
            runs.filter(|run| seed::pilot_of(run.cell.seed).is_none()),
        )
    }
}
