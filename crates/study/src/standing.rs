use evidence::Place;
use std::collections::BTreeMap;
use training::JobId;

/// What a pilot that has ended leaves to choose by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pilot {
    /// Steps and validation accuracies; none where it diverged before its first evaluation.
    pub curve: Vec<(u64, f64)>,
    /// What the best trivial strategy reaches on its task, where that is known.
    pub floor: Option<f64>,
}

/// How far a study has come: what decides which jobs are next. Planning knows no results; who plans looks them up.
pub struct Standing<'a> {
    /// What a pilot has come to; `None` of one that has not ended.
    pub pilot: &'a dyn Fn(&JobId) -> Option<Pilot>,
    /// Replicates that a cell is to have, where they are not those of the first look.
    pub replicates: BTreeMap<Place, usize>,
    /// Whether trials that may come are counted beside those that are sure to: the worst case.
    pub all_trials: bool,
}

impl Standing<'_> {
    /// Of a study that has not begun.
    pub fn nowhere() -> Self {
        Self {
            pilot: &|_| None,
            replicates: BTreeMap::new(),
            all_trials: false,
        }
    }
}
