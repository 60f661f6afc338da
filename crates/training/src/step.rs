//! One gradient step.

use crate::feed::Examples;
use crate::model::{self, Model};
use crate::optimizer::clip;
use crate::recipe::Recipe;
use backbone::Pass;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor};
use tasks::Shape;

/// What a step saw, off any graph.
pub(crate) struct Seen {
    /// In nats, `[rows]`.
    pub losses: Tensor<1>,
    /// `[rows, classes]`
    pub logits: Tensor<2>,
    /// `[rows]`
    pub targets: Tensor<1, Int>,
}

/// Forward pass, gradients of what trains, one norm over all of them, Adam. The step counts from 0.
pub(crate) fn take_step(
    model: Model,
    optimizer: &mut ModuleOptimizer,
    examples: &Examples,
    (shape, recipe, step): (Shape, &Recipe, u64),
    mut pass: Pass,
    device: &Device,
) -> (Model, Seen) {
    let logits = examples.logits(&model, shape, &mut pass, device);
    let targets = model::targets(&examples.batch, device);
    let losses = kernels::cross_entropy(logits.clone(), targets.clone());
    let gradients = losses.clone().mean().backward();
    let seen = Seen {
        losses: losses.inner(),
        logits: logits.inner(),
        targets: targets.inner(),
    };
    let gradients = GradientsParams::from_grads(gradients, &model);
    let gradients = clip(gradients, &model, recipe.clip_norm);
    let rate = recipe.schedule.rate(recipe.learning_rate, step, recipe.steps);
    let model = optimizer.step(rate, model, gradients);
    (model, seen)
}
