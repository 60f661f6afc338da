use crate::provenance::Provenance;
use training::{CurvePoint, Job, Outcome};

/// What a finished job left behind.
pub(crate) struct Finished {
    pub job: Job,
    pub outcome: Outcome,
    pub points: Vec<CurvePoint>,
    /// `None` where it is damaged: no number depends on it.
    pub provenance: Option<Provenance>,
}
