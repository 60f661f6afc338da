use super::run_curve::RunCurve;
use training::{CurvePoint, Score};

/// What is known of a run at one step.
pub(super) struct Moment<'a> {
    pub step: u64,
    pub point: Option<&'a CurvePoint>,
    /// On the first test set, which was read once the run had ended.
    pub test: Option<&'a Score>,
}

/// The points of a curve, and the test at the last step. That has no point of its own where a run diverged before its first
/// evaluation.
pub(super) fn moments(curve: &RunCurve) -> Vec<Moment<'_>> {
    let mut moments: Vec<Moment> = curve
        .points
        .iter()
        .map(|point| Moment {
            step: point.step,
            point: Some(point),
            test: None,
        })
        .collect();
    let (last, test) = (curve.run.steps, Some(&curve.run.test));
    match moments.iter_mut().find(|moment| moment.step == last) {
        Some(moment) => moment.test = test,
        None => moments.push(Moment {
            step: last,
            point: None,
            test,
        }),
    }
    moments
}
