use crate::reading::Reading;
use crate::run::Run;
use crate::unit::Unit;
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
    /// What a lead counts, `{at}` standing for the accuracy in percent that it is read at.
    pub lead: &'static str,
    /// What a value counts by itself, where nothing is one that it may have; empty where a value by itself says little.
    pub size: &'static str,
    /// What runs are said to do whose reading is only a bound; none has one where this is empty.
    pub bound: &'static str,
    /// Whether `runs.parquet` has it: a column, or two that it is the difference of.
    pub stored: bool,
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

/// Which of two values is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Higher,
    Lower,
}

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
    /// The reading of a run with its curve, at an accuracy where the measure asks for one. `None` also
    /// where it is not finite, as the loss of a run that diverged.
    pub fn read(&self, run: &Run, curve: &[CurvePoint], at: Option<f64>) -> Option<Reading> {
        let reading = match self.of {
            Of::Run(read) => read(run, curve),
            Of::At(_, read) => read(run, curve, at?),
        };
        reading.filter(|reading| reading.value.is_finite())
    }

    /// The key of a claim that says at which accuracy it is read, if it is read at one.
    pub fn key(&self) -> Option<&'static str> {
        match self.of {
            Of::Run(_) => None,
            Of::At(key, _) => Some(key),
        }
    }
}
