//! Which weights are tested, and when looking for better ones ends.

use crate::checkpoint::State;
use crate::job::Job;
use crate::outcome::CurvePoint;
use crate::recipe::GiveUp;
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

/// Whether a run ends before its last step.
pub(crate) fn has_ended(job: &Job, state: &State) -> bool {
    has_stalled(job, &state.curve) || has_given_up(job, &state.curve)
}

/// What a loss has to be above the lowest, as a multiple, to count as worse.
const WORSE: f64 = 1.02;

/// Early stopping: `patience` points in a row that were worse, or came after all was right. A run on a plateau may leave it
/// in one jump after thousands of steps (Bit Memory does), so one that does not get worse is let go on.
fn has_stalled(job: &Job, curve: &[CurvePoint]) -> bool {
    let patience = job.recipe.patience as usize;
    let (mut lowest, mut highest) = (f64::INFINITY, 0.0_f64);
    let mut idle = 0;
    for point in curve {
        let (loss, accuracy) = (point.validation_loss, point.validation_accuracy);
        let is_worse = loss > WORSE * lowest && accuracy <= highest;
        idle = match is_worse || highest >= 1.0 {
            true => idle + 1,
            false => 0,
        };
        lowest = lowest.min(loss);
        highest = highest.max(accuracy);
    }
    patience > 0 && selects(job) && idle >= patience
}

/// Whether the recipe says that a run like this is not worth going on with.
fn has_given_up(job: &Job, curve: &[CurvePoint]) -> bool {
    let Some(GiveUp { at, below }) = job.recipe.give_up else {
        return false;
    };
    let end = curve.iter().position(|point| point.step >= at);
    end.is_some_and(|end| {
        let seen = curve[..=end].iter();
        seen.map(|point| point.validation_accuracy)
            .fold(0.0, f64::max)
            < below
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::small;

    /// A curve of losses and accuracies, a point every 250 steps.
    fn curve(points: &[(f64, f64)]) -> Vec<CurvePoint> {
        let point = |(index, (loss, accuracy)): (usize, &(f64, f64))| CurvePoint {
            validation_loss: *loss,
            validation_accuracy: *accuracy,
            ..CurvePoint::at(250 * (index as u64 + 1))
        };
        points.iter().enumerate().map(point).collect()
    }

    fn job(patience: u64) -> Job {
        let mut job = small::job();
        job.recipe.patience = patience;
        job
    }

    #[test]
    fn a_plateau_is_survived_and_what_gets_worse_is_not() {
        // Bit Memory around a random body at 1e-2 (`fpt study modality`, its pilot): the floor until step 3,500 of 4,000, and
        // then up in one jump.
        let measured = [
            (0.3619, 0.755),
            (0.3588, 0.756),
            (0.3538, 0.754),
            (0.3515, 0.758),
            (0.3484, 0.758),
            (0.3496, 0.761),
            (0.3482, 0.760),
            (0.3470, 0.760),
            (0.3447, 0.769),
            (0.3449, 0.767),
            (0.3483, 0.762),
            (0.3435, 0.770),
            (0.3401, 0.779),
            (0.3417, 0.780),
            (0.3299, 0.800),
            (0.1886, 0.935),
        ];
        // And one that is not better by a hair for 14 points.
        let level: Vec<(f64, f64)> = (0..14)
            .map(|at| (0.348 + 0.001 * f64::from(at % 3), 0.75))
            .collect();
        for plateau in [&measured[..], &level] {
            let ends =
                (1..=plateau.len()).find(|end| has_stalled(&job(8), &curve(&plateau[..*end])));
            assert_eq!(ends, None);
        }

        let worse: Vec<(f64, f64)> = (0..12)
            .map(|at| (0.5 + 0.02 * f64::from(at), 0.8 - 0.001 * f64::from(at)))
            .collect();
        assert!(has_stalled(&job(8), &curve(&worse)));
        assert!(!has_stalled(&job(8), &curve(&worse[..8])));
        assert!(!has_stalled(&job(0), &curve(&worse)));
        // Its loss rises, and so does its accuracy.
        let surer: Vec<(f64, f64)> = worse.iter().map(|(loss, low)| (*loss, 1.5 - low)).collect();
        assert!(!has_stalled(&job(8), &curve(&surer)));
    }

    #[test]
    fn nothing_is_left_to_gain_where_all_is_right() {
        let solved = vec![(0.001, 1.0); 9];
        assert!(has_stalled(&job(8), &curve(&solved)));
        assert!(!has_stalled(&job(8), &curve(&solved[..8])));
    }

    #[test]
    fn a_trial_is_given_up_where_its_best_point_is_too_low() {
        let points = curve(&[(1.0, 0.4), (0.9, 0.6), (0.9, 0.5), (0.8, 0.9)]);
        let ends = |at, below| {
            let mut job = job(0);
            job.recipe.give_up = Some(GiveUp { at, below });
            (1..=points.len()).find(|end| has_given_up(&job, &points[..*end]))
        };
        assert_eq!(ends(500, 0.65), Some(2));
        assert_eq!(ends(600, 0.65), Some(3));
        assert_eq!(ends(600, 0.55), None);
        // Whatever comes later changes nothing.
        assert_eq!(ends(5000, 0.99), None);
    }
}
