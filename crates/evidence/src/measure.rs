//! The registry of measures: what can be said of a run in one number. Tables, claims and parquet read
//! it; a new measure, and with it a new kind of claim and its rows in measures.parquet, is one entry.

use crate::run::Run;
use std::fmt;
use training::CurvePoint;

/// What can be said of a run in one number.
pub struct Measure {
    /// As a column is called.
    pub name: &'static str,
    /// In words, at the beginning of a sentence.
    pub label: &'static str,
    pub unit: Unit,
    /// Which values are ahead.
    pub direction: Direction,
    /// How a claim says that one cell is ahead of another.
    pub claim: &'static str,
    /// What a lead counts, `{at}` standing for the accuracy in percent that it is read at.
    pub lead: &'static str,
    /// What runs are said to do whose reading is only a bound; none has one where this is empty.
    pub bound: &'static str,
    pub of: Of,
}

/// How a measure reads a run with its curve; `None` where the run has no such reading.
#[derive(Clone, Copy)]
pub enum Of {
    Run(fn(&Run, &[CurvePoint]) -> Option<Reading>),
    /// At an accuracy between 0 and 1, which a claim says under this key.
    At(
        &'static str,
        fn(&Run, &[CurvePoint], f64) -> Option<Reading>,
    ),
}

/// How numbers of a kind are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share, printed in percent with one digit.
    Share,
    /// A cross entropy in nats.
    Nats,
    /// Gradient steps.
    Steps,
}

/// Which of two values is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Higher,
    Lower,
}

/// What a measure gives for a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub value: f64,
    /// The run ended before it could be read: the true value is no better than this one.
    pub is_bound: bool,
}

/// Every measure.
pub static MEASURES: &[&Measure] = &[&TEST_ACCURACY, &STEPS_TO_ACCURACY];

/// What tables show.
pub static TEST_ACCURACY: Measure = Measure {
    name: "test_accuracy",
    label: "Test accuracy",
    unit: Unit::Share,
    direction: Direction::Higher,
    claim: "greater",
    lead: "points of test accuracy",
    bound: "",
    of: Of::Run(|run, _| Some(Reading::exact(run.test.accuracy))),
};

static STEPS_TO_ACCURACY: Measure = Measure {
    name: "steps_to_accuracy",
    label: "Gradient steps to a validation accuracy",
    unit: Unit::Steps,
    direction: Direction::Lower,
    claim: "sooner",
    lead: "gradient steps sooner at {at} % validation accuracy",
    bound: "never arrived and count with their last step",
    // A run that never arrives counts with its last step.
    of: Of::At("at", |_, curve, accuracy| {
        let arrived = curve
            .iter()
            .find(|point| point.validation_accuracy >= accuracy);
        let point = arrived.or(curve.last())?;
        Some(Reading {
            value: point.step as f64,
            is_bound: arrived.is_none(),
        })
    }),
};

/// Names are unique.
impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Measure {
    /// The reading of a run with its curve, at an accuracy where the measure asks for one.
    pub fn read(&self, run: &Run, curve: &[CurvePoint], at: Option<f64>) -> Option<Reading> {
        match self.of {
            Of::Run(read) => read(run, curve),
            Of::At(_, read) => read(run, curve, at?),
        }
    }

    /// The key of a claim that says at which accuracy it is read, if it is read at one.
    pub fn key(&self) -> Option<&'static str> {
        match self.of {
            Of::Run(_) => None,
            Of::At(key, _) => Some(key),
        }
    }
}

impl Unit {
    /// What a value is multiplied by to be printed, and the digits behind the point.
    pub const fn scale(self) -> (f64, usize) {
        match self {
            Self::Share => (100.0, 1),
            Self::Nats => (1.0, 3),
            Self::Steps => (1.0, 0),
        }
    }

    /// As an axis says it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Share => "%",
            Self::Nats => "nats",
            Self::Steps => "gradient steps",
        }
    }

    /// In words: `in percent`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Share => "in percent",
            Self::Nats => "in nats",
            Self::Steps => "in gradient steps",
        }
    }
}

impl Reading {
    const fn exact(value: f64) -> Self {
        Self {
            value,
            is_bound: false,
        }
    }
}

impl Direction {
    /// How far `ours` is ahead of `theirs`. Where one of them is a bound, no more is claimed than is
    /// known: who stopped early without arriving is not ahead of one that arrives later, and two that
    /// never arrive are a tie.
    pub fn lead(self, ours: Reading, theirs: Reading) -> f64 {
        let lead = match self {
            Self::Higher => ours.value - theirs.value,
            Self::Lower => theirs.value - ours.value,
        };
        match (ours.is_bound, theirs.is_bound) {
            (false, false) => lead,
            (false, true) => lead.max(0.0),
            (true, false) => lead.min(0.0),
            (true, true) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_claims_are_unique() {
        let of = |name: fn(&Measure) -> &'static str| -> BTreeSet<&str> {
            MEASURES.iter().map(|measure| name(measure)).collect()
        };
        assert_eq!(of(|measure| measure.name).len(), MEASURES.len());
        assert_eq!(of(|measure| measure.claim).len(), MEASURES.len());
    }

    #[test]
    fn a_bound_claims_no_more_than_is_known() {
        let reading = |value, is_bound| Reading { value, is_bound };
        let lead = |ours, theirs| Direction::Lower.lead(ours, theirs);
        assert_eq!(lead(reading(3.0, false), reading(5.0, false)), 2.0);
        assert_eq!(lead(reading(3.0, false), reading(5.0, true)), 2.0);
        assert_eq!(lead(reading(5.0, false), reading(3.0, true)), 0.0);
        assert_eq!(lead(reading(3.0, true), reading(5.0, false)), 0.0);
        assert_eq!(lead(reading(5.0, true), reading(3.0, false)), -2.0);
        assert_eq!(lead(reading(3.0, true), reading(5.0, true)), 0.0);
        let higher = Direction::Higher.lead(reading(0.9, false), reading(0.7, false));
        assert!((higher - 0.2).abs() < 1e-12);
    }
}
