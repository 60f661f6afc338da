use evidence::Place;
use std::collections::BTreeMap;
use training::JobId;

/// How far a study has come: what decides which jobs are next. Planning knows no results; who plans says what
/// they came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// What pilots have reached: steps and validation accuracies of those that ended.
    pub pilots: BTreeMap<JobId, Vec<(u64, f64)>>,
    /// Replicates that a cell is to have, where they are not those of the first look.
    pub replicates: BTreeMap<Place, usize>,
}
