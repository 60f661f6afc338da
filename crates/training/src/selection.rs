//! Which weights are tested, and when looking for better ones ends.

use crate::checkpoint::State;
use crate::job::Job;
use crate::outcome::CurvePoint;
use tasks::Form;

/// Whether the tested weights are chosen on validation. Form `paper` tests the last ones.
fn selects(job: &Job) -> bool {
    job.task.form == Form::Fair
}

/// Whether the weights at a point take the place of the best so far: where they are chosen at all,
/// at a higher accuracy, or at the same and a lower loss.
pub(crate) fn is_better(job: &Job, point: &CurvePoint, state: &State) -> bool {
    let beats = |best: CurvePoint| {
        point.validation_accuracy > best.validation_accuracy
            || (point.validation_accuracy == best.validation_accuracy
                && point.validation_loss < best.validation_loss)
    };
    selects(job) && state.best.is_none_or(beats)
}

/// Early stopping: `patience` evaluations without a better score.
pub(crate) fn has_stalled(job: &Job, state: &State) -> bool {
    let patience = job.recipe.patience as usize;
    let since = state.best.map_or(0, |best| {
        let later = state.curve.iter().filter(|point| point.step > best.step);
        later.count()
    });
    patience > 0 && selects(job) && since >= patience
}
