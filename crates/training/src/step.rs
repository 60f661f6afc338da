//! One gradient step.

use crate::clip::clip;
use crate::feed::Examples;
use crate::model::{self, Model};
use crate::recipe::Recipe;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor};
use rand::Rng;
use tasks::{Shape, stream};

/// What a step saw, off any graph.
pub(crate) struct Seen {
    /// Their mean loss in nats, `[1]`.
    pub loss: Tensor<1>,
    /// `[rows, classes]`
    pub logits: Tensor<2>,
    /// `[rows]`
    pub targets: Tensor<1, Int>,
}

/// Takes the gradient steps of a run: what is the same for all of them.
pub(crate) struct Stepper {
    /// Keys what is dropped.
    pub seed: u64,
    pub recipe: Recipe,
    pub shape: Shape,
    pub device: Device,
}

impl Stepper {
    /// Forward pass, gradients of what trains, one norm over all of them, Adam. The step counts
    /// from 0.
    pub fn take(
        &self,
        step: u64,
        examples: &Examples,
        model: Model,
        optimizer: &mut ModuleOptimizer,
    ) -> (Model, Seen) {
        let (recipe, device) = (&self.recipe, &self.device);
        let key = self.dropout_key(step);
        let mut pass = recipe.precision.training(recipe.dropout, key);
        let logits = examples.logits(&model, self.shape, &mut pass, device);
        let targets = model::targets(&examples.batch, device);
        let loss = kernels::mean(kernels::cross_entropy(logits.clone(), targets.clone()));
        let gradients = loss.backward();
        let seen = Seen {
            loss: loss.inner(),
            logits: logits.inner(),
            targets: targets.inner(),
        };
        let gradients = GradientsParams::from_grads(gradients, &model);
        let gradients = clip(gradients, &model, recipe.clip_norm);
        let rate = recipe
            .schedule
            .rate(recipe.learning_rate, step, recipe.steps);
        let model = optimizer.step(rate, model, gradients);
        (model, seen)
    }

    /// Keys the dropout masks of a step.
    fn dropout_key(&self, step: u64) -> u64 {
        let mut rng = stream(self.seed, "dropout");
        rng.set_stream(step);
        rng.next_u64()
    }
}
