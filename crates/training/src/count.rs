//! What a job would train and hold, counted without loading anything.

use crate::error::TrainingError;
use crate::job::{Job, TaskSpec};
use crate::model::Model;
use crate::start::fits;
use backbone::{Body, BodyConfig, Init};
use burn::tensor::Device;
use freezing_policy::{Group, GroupCount, Label, Ledger, Policy};
use std::collections::BTreeMap;
use tasks::Inputs;

/// Numbers that a job trains and holds, by group.
///
/// # Errors
/// When the policy does not fit the model, or the task does not fit the body.
pub fn ledger(job: &Job) -> Result<BTreeMap<Group, GroupCount>, TrainingError> {
    let policy: Policy = job.policy.parse()?;
    let ledger = labels(&job.body, Some(&job.task), &policy)?;
    Ok(ledger.count(|label| policy.trains(label, ledger.layers())))
}

/// Every parameter of a body under its label; of the nets around it, too, where there is a task.
///
/// # Errors
/// When the policy does not fit the model, or the task does not fit the body.
pub fn labels(
    body: &BodyConfig,
    task: Option<&TaskSpec>,
    policy: &Policy,
) -> Result<Ledger, TrainingError> {
    let device = Device::flex();
    let Some(task) = task else {
        let alone = Body::random(body, &mut Init::shapes(&device))?;
        let mut ledger = Ledger::new();
        alone.label(&mut ledger);
        policy.check(&alone, &ledger)?;
        return Ok(ledger);
    };
    let shape = tasks::shape(&task.name, &task.settings, task.form)?;
    fits(body, shape)?;
    let model = Model::shapes(body, shape, &device)?;
    let ledger = model.ledger();
    policy.check(&model, &ledger)?;
    Ok(ledger)
}

/// Trained numbers as the paper's Table 8 counts them, which is not what its code trains: no bias
/// of the output net, no final norm, only the positions that the task uses, and an image's patch
/// with its pixels, not its colours.
///
/// # Errors
/// As [`labels`].
pub fn as_the_paper_counts(
    body: &BodyConfig,
    task: &TaskSpec,
    policy: &Policy,
) -> Result<usize, TrainingError> {
    let shape = tasks::shape(&task.name, &task.settings, task.form)?;
    let ledger = labels(body, Some(task), policy)?;
    let layers = ledger.layers();
    let width = body.width();
    let logits = shape.readout.predictions * shape.readout.classes;
    let colours = tasks::entry(&task.name)?.channels;
    let pixels = match shape.inputs {
        Inputs::Features { width } => width / colours,
        Inputs::Tokens { vocabulary }
        | Inputs::Language { vocabulary }
        | Inputs::Masked { vocabulary } => vocabulary,
    };
    let trained = |label: &Label| policy.trains(*label, layers);
    let entries = ledger.entries().iter();
    let counts = entries.filter(|entry| trained(&entry.label)).map(|entry| {
        let Label { group, layer } = entry.label;
        match (group, layer) {
            (Group::Input, _) if entry.count == colours * pixels * width => pixels * width,
            (Group::Output, _) if entry.count == logits => 0,
            (Group::Position, _) => entry.count.min(shape.tokens * width),
            (Group::LayerNorm, None) => 0,
            _ => entry.count,
        }
    });
    Ok(counts.sum())
}
