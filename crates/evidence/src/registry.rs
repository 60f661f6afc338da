//! The registry of measures: what can be said of a run in one number. Tables, claims and parquet read
//! it; a new measure, and with it a new kind of claim and its rows in measures.parquet, is one entry.

use crate::measure::{Direction, Measure, Of};
use crate::reading::{Reading, finite_set};
use crate::unit::Unit;
use training::CurvePoint;

/// Every measure.
pub static MEASURES: &[&Measure] = &[
    &TEST_ACCURACY,
    &TEST_LOSS,
    &STEPS_TO_ACCURACY,
    &TRAIN_MINUS_TEST,
    &ABOVE_FLOOR,
    &ATTENTION_SHARE,
    &ATTENTION_ABOVE_UNIFORM,
];

/// What tables show.
pub static TEST_ACCURACY: Measure = Measure {
    name: "test_accuracy",
    label: "Test accuracy",
    unit: Unit::Share,
    direction: Direction::Higher,
    lead: "points of test accuracy",
    size: "",
    bound: "",
    stored: true,
    of: Of::Run(|run, _| Some(Reading::exact(run.test.accuracy, finite_set(&run.test)))),
};

static TEST_LOSS: Measure = Measure {
    name: "test_loss",
    label: "Test loss",
    unit: Unit::Nats,
    direction: Direction::Lower,
    lead: "nats less of test loss",
    size: "",
    bound: "",
    stored: true,
    of: Of::Run(|run, _| Some(Reading::exact(run.test.loss, 0.0))),
};

/// What tables show beside it.
pub static STEPS_TO_ACCURACY: Measure = Measure {
    name: "steps_to_accuracy",
    label: "Gradient steps to a validation accuracy",
    unit: Unit::Steps,
    direction: Direction::Lower,
    lead: "gradient steps sooner at {at} % validation accuracy",
    size: "",
    bound: "never arrived and count with their last step",
    stored: false,
    of: Of::At("at", |run, curve, accuracy| match curve {
        // It diverged before its first evaluation: as any other that never arrives.
        [] => run.diverged.map(|step| Reading {
            is_bound: true,
            ..Reading::exact(step as f64, 0.0)
        }),
        _ => steps_to(curve, accuracy),
    }),
};

/// Both without dropout, the first on a fixed sample of the training set.
static TRAIN_MINUS_TEST: Measure = Measure {
    name: "train_minus_test",
    label: "Train accuracy minus test accuracy",
    unit: Unit::Share,
    direction: Direction::Lower,
    lead: "points less between train and test accuracy",
    size: "points between train and test accuracy",
    bound: "",
    stored: false,
    of: Of::Run(|run, _| {
        let (train, test) = (run.train.as_ref()?, &run.test);
        let variance = finite_set(train) + finite_set(test);
        Some(Reading::exact(train.accuracy - test.accuracy, variance))
    }),
};

/// How far a run is above what can be had without learning.
pub(crate) static ABOVE_FLOOR: Measure = Measure {
    name: "above_floor",
    label: "Test accuracy above the best trivial strategy",
    unit: Unit::Share,
    direction: Direction::Higher,
    lead: "points of test accuracy",
    size: "points above the best trivial strategy",
    bound: "",
    stored: true,
    of: Of::Run(|run, _| {
        let above = run.test.accuracy - run.floor.accuracy;
        Some(Reading::exact(above, finite_set(&run.test)))
    }),
};

/// Section 3.5 of the paper.
pub static ATTENTION_SHARE: Measure = Measure {
    name: "attention_share",
    label: "Share of attention",
    unit: Unit::Share,
    direction: Direction::Higher,
    lead: "points of attention",
    size: "",
    bound: "",
    stored: true,
    of: Of::Run(|run, _| Some(Reading::exact(run.attention?, 0.0))),
};

/// Whether it goes there more than it would without looking.
static ATTENTION_ABOVE_UNIFORM: Measure = Measure {
    name: "attention_above_uniform",
    label: "Share of attention above that of uniform attention",
    unit: Unit::Share,
    direction: Direction::Higher,
    lead: "points of attention",
    size: "points of attention above uniform",
    bound: "",
    stored: true,
    of: Of::Run(|run, _| {
        let above = run.attention? - run.attention_uniform?;
        Some(Reading::exact(above, 0.0))
    }),
};

/// Whether a measure is of where runs look, which not every body and task can tell.
pub fn is_of_attention(measure: &Measure) -> bool {
    [&ATTENTION_SHARE, &ATTENTION_ABOVE_UNIFORM].contains(&measure)
}

/// On the line between the evaluation that reaches the accuracy and the one before; the step of the
/// first one where that reaches it already. A run that never arrives counts with its last step.
///
/// Where between two evaluations the accuracy was reached is known as well as of any number that was rounded to
/// their distance: a variance of distance² / 12.
fn steps_to(curve: &[CurvePoint], accuracy: f64) -> Option<Reading> {
    let reaches = |point: &CurvePoint| point.validation_accuracy >= accuracy;
    let Some(arrived) = curve.iter().position(reaches) else {
        return curve.last().map(|point| Reading {
            is_bound: true,
            ..Reading::exact(point.step as f64, 0.0)
        });
    };
    let after = &curve[arrived];
    let step = |point: &CurvePoint| point.step as f64;
    let (value, distance) = match curve[..arrived].last() {
        None => (step(after), step(after)),
        Some(before) => {
            let distance = step(after) - step(before);
            let rise = after.validation_accuracy - before.validation_accuracy;
            let part = (accuracy - before.validation_accuracy) / rise;
            (step(before) + part * distance, distance)
        }
    };
    Some(Reading::exact(value, distance * distance / 12.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<&str> = MEASURES.iter().map(|measure| measure.name).collect();
        assert_eq!(names.len(), MEASURES.len());
    }

    #[test]
    fn steps_are_read_between_evaluations() {
        let curve: Vec<CurvePoint> = [(100, 0.2), (200, 0.4), (300, 0.8), (400, 0.7)]
            .map(|(step, validation_accuracy)| CurvePoint {
                validation_accuracy,
                ..CurvePoint::at(step)
            })
            .to_vec();
        let close = |accuracy: f64, value: f64, distance: f64| {
            let reading = steps_to(&curve, accuracy).unwrap();
            assert!((reading.value - value).abs() < 1e-9, "{reading:?}");
            assert!((reading.variance - distance * distance / 12.0).abs() < 1e-9);
            assert!(!reading.is_bound);
        };
        close(0.5, 225.0, 100.0);
        close(0.4, 200.0, 100.0);
        close(0.1, 100.0, 100.0);
        let never = steps_to(&curve, 0.9).unwrap();
        assert_eq!((never.value, never.is_bound), (400.0, true));
        assert_eq!(steps_to(&[], 0.5), None);
    }
}
