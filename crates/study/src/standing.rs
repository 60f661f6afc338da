use evidence::Place;
use std::collections::BTreeMap;
use training::JobId;

/// Steps and validation accuracies.
pub type ValidationCurve = Vec<(u64, f64)>;

/// How far a study has come: what decides which jobs are next. Planning knows no results; who plans looks them up.
pub struct Standing<'a> {
    /// The validation curve of a pilot that has ended, as steps and accuracies; without points where it diverged
    /// before its first evaluation. `None` of one that has not ended.
    pub pilot: &'a dyn Fn(&JobId) -> Option<ValidationCurve>,
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
