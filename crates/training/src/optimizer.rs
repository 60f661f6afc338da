//! Adam, a pass over a parameter and its moments.

use crate::recipe::Recipe;
use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
use kernels::AdamStep;

/// PyTorch's default; burn's is 1e-5.
const EPSILON: f32 = 1e-8;
/// PyTorch's defaults, as in the paper.
const BETAS: [f64; 2] = [0.9, 0.999];

/// Adam, with decoupled weight decay where the recipe has one (AdamW).
pub(crate) fn optimizer(recipe: &Recipe) -> ModuleOptimizer {
    ModuleOptimizer::from(Adam {
        weight_decay: recipe.weight_decay,
    })
}

/// Adam whose step is one pass over a parameter and its moments.
#[derive(Clone)]
struct Adam {
    weight_decay: f64,
}

impl Optimizer for Adam {
    /// burn's own, so that its records hold it.
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        parameter: Tensor<D>,
        grad: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        let state = state.map(|state| state.momentum);
        let (before, first, second) = match state {
            Some(state) => (state.time, state.moment_1, state.moment_2),
            None => (0, grad.zeros_like(), grad.zeros_like()),
        };
        let time = before + 1;
        let corrected = BETAS.map(|beta| 1.0 - beta.powi(time as i32));
        let step = AdamStep {
            beta_1: BETAS[0] as f32,
            beta_2: BETAS[1] as f32,
            rate: (learning_rate / corrected[0]) as f32,
            root: (1.0 / corrected[1].sqrt()) as f32,
            epsilon: EPSILON,
            decay: (1.0 - learning_rate * self.weight_decay) as f32,
        };
        let [parameter, first, second] = kernels::adam(step, grad, [parameter, first, second]);
        let state = AdaptiveMomentumState::new(time, first, second);
        (parameter, Some(AdamState::new(state)))
    }

    fn to_device<const D: usize>(mut state: AdamState<D>, device: &Device) -> AdamState<D> {
        state.momentum = state.momentum.to_device(device);
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::small;
    use freezing_policy::Policy;

    #[test]
    fn frozen_parameters_have_neither_gradient_nor_optimizer_state() {
        for (policy, tensors) in [
            ("fpt", 2 + 1 + 5 * 2 + 2),
            ("output", 2),
            ("attention@last", 4),
        ] {
            let (model, task, device) = small::model(&small::job());
            let policy: Policy = policy.parse().unwrap();
            let model = policy.apply(model.clone(), &model.ledger()).unwrap();
            let gradients = small::gradients(&model, task.as_ref(), &device);
            assert_eq!(gradients.len(), tensors, "{policy}");
            let mut optimizer = optimizer(&Recipe::paper());
            let model = optimizer.step(1e-3, model, gradients);
            // Two moments for each tensor that trains.
            assert_eq!(optimizer.to_record().len(), 2 * tensors, "{policy}");
            drop(model);
        }
    }
}
