//! Adam with the paper's clipping: one global norm over all gradients.

use crate::model::Model;
use crate::recipe::Recipe;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{
    AdamState, AdaptiveMomentumState, GradientsParams, LearningRate, ModuleOptimizer, Optimizer,
};
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

/// Scales all gradients by one factor so that their joint norm is at most `limit`, as PyTorch's
/// `clip_grad_norm_` does (burn's own clipping is per tensor).
pub(crate) fn clip(gradients: GradientsParams, model: &Model, limit: f64) -> GradientsParams {
    let mut norm = Norm {
        gradients: &gradients,
        squares: Vec::new(),
    };
    model.visit(&mut norm);
    let Some(squares) = norm.squares.into_iter().reduce(|sum, square| sum + square) else {
        return gradients;
    };
    let norm = f64::from(squares.sqrt().into_scalar::<f32>());
    let factor = limit / (norm + 1e-6);
    if factor >= 1.0 {
        return gradients;
    }
    let mut scale = Scale {
        gradients,
        factor,
        scaled: GradientsParams::new(),
    };
    model.visit(&mut scale);
    scale.scaled
}

struct Norm<'a> {
    gradients: &'a GradientsParams,
    squares: Vec<Tensor<1>>,
}

impl ModuleVisitor for Norm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.squares.push(kernels::square_sum(gradient));
        }
    }
}

struct Scale {
    gradients: GradientsParams,
    factor: f64,
    scaled: GradientsParams,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.scaled.register(param.id, gradient * self.factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::targets;
    use backbone::{Body, BodyConfig, Gpt2Config, Init, Pass};
    use freezing_policy::Policy;
    use tasks::{DataDir, Form, Task};

    fn small() -> (Model, Box<dyn Task>, Device) {
        let device = Device::flex().autodiff();
        let config = BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 3,
            n_positions: 10,
            n_embd: 8,
            n_layer: 2,
            n_head: 2,
            n_inner: None,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        });
        let settings = tasks::settings("bit-xor", &toml::Table::new()).unwrap();
        let data = DataDir::new("nowhere");
        let task = tasks::open("bit-xor", &settings, Form::Fair, &data).unwrap();
        let mut rng = tasks::stream(1, "init.body");
        let body = Body::random(&config, &mut Init::new(&mut rng, &device)).unwrap();
        (
            Model::new(body, &config, task.shape(), 1.41, 1, &device),
            task,
            device,
        )
    }

    fn gradients(model: &Model, task: &dyn Task, device: &Device) -> GradientsParams {
        let batch = task.batch(1, 0, 4);
        let logits = model.forward(&batch, task.shape(), &mut Pass::evaluation(), device);
        let loss = kernels::cross_entropy(logits, targets(&batch, device)).sum() * 100.0;
        GradientsParams::from_grads(loss.backward(), model)
    }

    #[test]
    fn frozen_parameters_have_neither_gradient_nor_optimizer_state() {
        for (policy, tensors) in [
            ("fpt", 2 + 1 + 5 * 2 + 2),
            ("output", 2),
            ("attention@last", 4),
        ] {
            let (model, task, device) = small();
            let policy: Policy = policy.parse().unwrap();
            let model = policy.apply(model.clone(), &model.ledger()).unwrap();
            let gradients = gradients(&model, task.as_ref(), &device);
            assert_eq!(gradients.len(), tensors, "{policy}");
            let mut optimizer = optimizer(&Recipe::paper());
            let model = optimizer.step(1e-3, model, gradients);
            // Two moments for each tensor that trains.
            assert_eq!(optimizer.to_record().len(), 2 * tensors, "{policy}");
            drop(model);
        }
    }

    #[test]
    fn clipping_bounds_the_joint_norm_and_keeps_the_direction() {
        let (model, task, device) = small();
        let norm = |gradients: &GradientsParams| {
            let mut norm = Norm {
                gradients,
                squares: Vec::new(),
            };
            model.visit(&mut norm);
            let sum = norm.squares.into_iter().reduce(|a, b| a + b).unwrap();
            sum.sqrt().into_scalar::<f32>()
        };
        let whole = gradients(&model, task.as_ref(), &device);
        let before = norm(&whole);
        assert!(before > 1.0);
        let clipped = clip(whole, &model, 1.0);
        assert!((norm(&clipped) - 1.0).abs() < 1e-4);
        // A bound that is not reached changes nothing.
        let same = clip(clipped, &model, 2.0);
        assert!((norm(&same) - 1.0).abs() < 1e-4);
    }
}
