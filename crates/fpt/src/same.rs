//! Whether two runs of one job came to the same numbers, to the last bit.

use crate::checkpoints::short;
use results::{Provenance, Row};
use std::fmt;
use training::{CurvePoint, Score, Tested};

/// What a second run of a job came to, beside the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every point of the curve and every score, bit for bit.
    Same { points: usize, tests: usize },
    Differs {
        /// The first place where they do, and how.
        first: String,
        /// Who made the two, where that is not the same.
        made_by: Option<String>,
    },
}

/// Holds a second run against the first.
pub fn compare(before: &Row, after: &Row) -> Verdict {
    let tests = |row: &Row| match row.run.tests.is_empty() {
        true => vec![("test".to_owned(), row.run.test)],
        false => row
            .run
            .tests
            .iter()
            .map(|test: &Tested| (test.name.clone(), test.score))
            .collect(),
    };
    let (old, new) = (tests(before), tests(after));
    let of_curve = curve(&before.points, &after.points);
    let differs = of_curve.or_else(|| {
        let steps = (
            before.run.steps,
            before.run.tested_step,
            before.run.diverged,
        );
        let again = (after.run.steps, after.run.tested_step, after.run.diverged);
        (steps != again).then(|| "the tested weights are of another step".to_owned())
    });
    // Rows of earlier versions know the first test set alone.
    let differs = differs.or_else(|| old.iter().zip(&new).find_map(score));
    match differs {
        None => Verdict::Same {
            points: after.points.len(),
            tests: old.len().min(new.len()),
        },
        Some(first) => Verdict::Differs {
            first,
            made_by: made_by(before.provenance.as_ref(), after.provenance.as_ref()),
        },
    }
}

fn curve(before: &[CurvePoint], after: &[CurvePoint]) -> Option<String> {
    for (old, new) in before.iter().zip(after) {
        if old.step != new.step {
            return Some(format!(
                "an evaluation at step {} there, at step {} here",
                old.step, new.step
            ));
        }
        let quantities = [
            ("training loss", old.train_loss, new.train_loss),
            ("training accuracy", old.train_accuracy, new.train_accuracy),
            ("validation loss", old.validation_loss, new.validation_loss),
            (
                "validation accuracy",
                old.validation_accuracy,
                new.validation_accuracy,
            ),
        ];
        for (name, old_value, new_value) in quantities {
            let is_same = old_value.to_bits() == new_value.to_bits()
                || (old_value.is_nan() && new_value.is_nan());
            if !is_same {
                return Some(format!(
                    "from step {} on: {name} {old_value} there, {new_value} here",
                    old.step
                ));
            }
        }
    }
    (before.len() != after.len()).then(|| {
        format!(
            "{} points of the curve there, {} here",
            before.len(),
            after.len()
        )
    })
}

fn score(((name, old), (_, new)): (&(String, Score), &(String, Score))) -> Option<String> {
    let numbers = [
        ("loss", old.loss, new.loss),
        ("accuracy", old.accuracy, new.accuracy),
    ];
    let differs = numbers
        .iter()
        .find(|(_, old, new)| old.to_bits() != new.to_bits());
    let of_examples = || {
        let (old, new) = (old.examples, new.examples);
        (old != new).then(|| format!("test set {name}: {old} examples there, {new} here"))
    };
    differs
        .map(|(what, old, new)| format!("test set {name}: {what} {old} there, {new} here"))
        .or_else(of_examples)
}

fn made_by(before: Option<&Provenance>, after: Option<&Provenance>) -> Option<String> {
    let (before, after) = (before?, after?);
    let of = |record: &Provenance| {
        let commit = record.git_commit.as_deref().map_or("unknown commit", short);
        let dirty = if record.git_dirty == Some(true) {
            " with changes"
        } else {
            ""
        };
        let device = record.device_name.as_deref().unwrap_or(&record.device);
        format!("{} ({commit}{dirty}) on {device}", record.version)
    };
    let (there, here) = (of(before), of(after));
    (there != here).then(|| format!("made by {there}, here by {here}"))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same { points, tests } => {
                let sets = if *tests == 1 {
                    "the test score"
                } else {
                    "all test scores"
                };
                write!(
                    f,
                    "match: {points} points of the curve and {sets}, bit for bit"
                )
            }
            Self::Differs { first, made_by } => {
                write!(f, "differs: {first}")?;
                made_by
                    .as_ref()
                    .map_or(Ok(()), |made_by| write!(f, "; {made_by}"))
            }
        }
    }
}
