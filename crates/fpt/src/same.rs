//! Whether two runs of one job came to the same numbers, to the last bit.

use crate::checkpoints::short;
use evidence::Run;
use results::{Provenance, Row};
use std::fmt;
use training::{CurvePoint, Score, Tested};

/// What a second run of a job came to, beside the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every point of the curve, every score and the attention that was looked at, bit for bit.
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
    let differs = differs.or_else(|| of_set("the test", &before.run.test, &after.run.test));
    let differs = differs.or_else(|| setting(&before.run, &after.run));
    let differs = differs.or_else(|| looked_at(&before.run, &after.run));
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
            if !is_same(old_value, new_value) {
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

/// What a row says of its job, which is the same in all its runs.
fn setting(before: &Run, after: &Run) -> Option<String> {
    let settings = |run: &Run| {
        [
            ("task", run.task.clone()),
            ("form", run.form.clone()),
            ("policy", run.policy.clone()),
            ("learning rate", run.learning_rate.to_string()),
            ("batch size", run.batch_size.to_string()),
        ]
    };
    let mut both = settings(before).into_iter().zip(settings(after));
    let ((name, old), (_, new)) = both.find(|((_, old), (_, new))| old != new)?;
    Some(format!("{name} {old} there, {new} here"))
}

fn score(((name, old), (_, new)): (&(String, Score), &(String, Score))) -> Option<String> {
    of_set(&format!("test set {name}"), old, new)
}

fn of_set(set: &str, old: &Score, new: &Score) -> Option<String> {
    let numbers = [
        ("loss", old.loss, new.loss),
        ("accuracy", old.accuracy, new.accuracy),
    ];
    let differs = numbers.iter().find(|(_, old, new)| !is_same(*old, *new));
    let of_examples = || {
        let (old, new) = (old.examples, new.examples);
        (old != new).then(|| format!("{set}: {old} examples there, {new} here"))
    };
    differs
        .map(|(what, old, new)| format!("{set}: {what} {old} there, {new} here"))
        .or_else(of_examples)
}

/// What rows of earlier versions do not know, where both do.
fn looked_at(before: &Run, after: &Run) -> Option<String> {
    let train = before.train.zip(after.train);
    let train = train.and_then(|(old, new)| of_set("training examples", &old, &new));
    let shares = [
        (before.attention, after.attention),
        (before.attention_uniform, after.attention_uniform),
    ];
    let shares = shares.into_iter().filter_map(|(old, new)| old.zip(new));
    let mut differs = shares.filter(|(old, new)| !is_same(*old, *new));
    train.or_else(|| {
        let (old, new) = differs.next()?;
        Some(format!("share of attention {old} there, {new} here"))
    })
}

fn is_same(old: f64, new: f64) -> bool {
    old.to_bits() == new.to_bits() || (old.is_nan() && new.is_nan())
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
