//! How far up a model is frozen.

use crate::job::Job;
use crate::model::{Depth, Model};
use freezing_policy::{Group, Policy};

/// The greatest depth below which nothing changes while a job trains; none where that is not even
/// the body's first layer, or where something drops or is drawn.
pub(super) fn highest(job: &Job, policy: &Policy, model: &Model) -> Option<Depth> {
    if job.recipe.dropout != 0.0 || job.body.draws() || model.output.is_none() {
        return None;
    }
    let ledger = model.ledger();
    let labels = ledger.entries().iter().map(|entry| entry.label);
    let trained = labels
        .filter(|label| label.group != Group::Output && policy.trains(*label, ledger.layers()));
    // What has no layer stands below all of them, or trains together with the first (final norms).
    let lowest = trained.map(|label| label.layer.unwrap_or(0)).min();
    match lowest {
        None => Some(Depth::Readout),
        Some(0) => None,
        Some(layer) => Some(Depth::Layer(layer)),
    }
}
