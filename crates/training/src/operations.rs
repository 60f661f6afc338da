//! How much a job computes, counted from its shapes.

use crate::job::Job;
use freezing_policy::{Group, Label, Policy};
use tasks::Inputs;

/// Floating-point operations of a gradient step: of dense layers, attention and nets, forwards and backwards, over its batch.
pub fn step_operations(job: &Job) -> f64 {
    forward_operations(job) * (1.0 + backward(job)) * job.recipe.batch_size as f64
}

/// Floating-point operations of an example's way through the model; 0 of a task without a shape.
pub fn forward_operations(job: &Job) -> f64 {
    let Ok(shape) = tasks::shape(&job.task.name, &job.task.settings, job.task.form) else {
        return 0.0;
    };
    let (width, layers) = (job.body.width(), job.body.layers());
    let inner = job.body.inner();
    let dense = 8 * width * width + 4 * width * inner;
    let attention = 4 * shape.tokens * width;
    let input = match shape.inputs {
        Inputs::Features { width: features } => 2 * features * width,
        Inputs::Tokens { .. } | Inputs::Language { .. } | Inputs::Masked { .. } => 0,
    };
    let readout = &shape.readout;
    let output = 2 * width * readout.positions * readout.predictions * readout.classes;
    (shape.tokens * (layers * (dense + attention) + input) + output) as f64
}

/// The way back as a multiple of the way there: the gradient goes back through frozen weights too,
/// but is not taken of them.
fn backward(job: &Job) -> f64 {
    let layers = job.body.layers();
    let weights = job.policy.parse::<Policy>().is_ok_and(|policy| {
        policy.trains(
            Label {
                group: Group::FeedForward,
                layer: Some(0),
            },
            layers,
        )
    });
    if weights { 2.0 } else { 1.0 }
}
