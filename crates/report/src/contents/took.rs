use crate::blocks::Took;
use crate::summary::Summary;
use evidence::{Claim, Run, seed};

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

/// What the replicates of a claim's cells took, pilots apart.
pub(super) fn of_claim(summary: &Summary, claim: &Claim) -> Took {
    let is_of_it = |run: &&Run| {
        let place = run.cell.place();
        seed::pilot_of(run.cell.seed).is_none()
            && claim.terms.iter().any(|term| term.place == place)
    };
    took(summary, summary.finished().filter(is_of_it))
}
