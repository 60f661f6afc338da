//! The points for programs: all digits.

use super::moment::{Moment, moments};
use super::run_curve::RunCurve;
use super::run_names::run_names;
use ::csv::Writer;
use evidence::{QUANTITIES, seed};
use training::Score;

/// What stands behind the axes, before the quantities of a point.
const OF_THE_RUN: [&str; 6] = ["learning_rate", "replicate", "pilot", "seed", "job", "step"];

/// A number of a test.
type Part = fn(&Score) -> f64;

/// What the test found, at the last step of a run and nowhere else.
const TESTS: [(&str, Part); 2] = [
    ("test_loss", |score| score.loss),
    ("test_accuracy", |score| score.accuracy),
];

/// A line a point: the name that the run has in TensorBoard, its place in the grid, the step, shares between 0 and 1 and losses
/// in nats. What a line does not have is empty: an axis of other cells, the replicate of a pilot.
pub fn csv(runs: &[RunCurve]) -> String {
    let mut axes: Vec<&str> = Vec::new();
    for (axis, _) in runs.iter().flat_map(|curve| &curve.run.cell.axes) {
        if !axes.contains(&axis.as_str()) {
            axes.push(axis);
        }
    }
    let mut writer = Writer::from_writer(Vec::new());
    let quantities = QUANTITIES.iter().map(|quantity| quantity.name);
    let names = ["run"].into_iter().chain(axes.clone()).chain(OF_THE_RUN);
    let names = names.chain(quantities).chain(TESTS.map(|(name, _)| name));
    // Memory takes every byte.
    let _ = writer.write_record(names);
    for (curve, name) in runs.iter().zip(run_names(runs)) {
        for moment in moments(curve) {
            let _ = writer.write_record(line(curve, &name, &axes, &moment));
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn line(curve: &RunCurve, name: &str, axes: &[&str], moment: &Moment) -> Vec<String> {
    let (run, cell) = (&curve.run, &curve.run.cell);
    let value = |axis: &&str| {
        let here = cell.axes.iter().find(|(key, _)| key == axis);
        here.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let pilot = seed::pilot_of(cell.seed);
    let replicate = pilot.is_none().then_some(seed::replicate(cell.seed));
    let mut line = vec![name.to_owned()];
    line.extend(axes.iter().map(value));
    line.extend([
        run.learning_rate.to_string(),
        or_empty(replicate),
        or_empty(pilot),
        cell.seed.to_string(),
        cell.job.0.clone(),
        moment.step.to_string(),
    ]);
    let point = moment.point;
    line.extend(QUANTITIES.map(|quantity| or_empty(point.map(|point| quantity.of(point)))));
    line.extend(TESTS.map(|(_, of)| or_empty(moment.test.map(of))));
    line
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
