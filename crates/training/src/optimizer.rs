//! Adam with the paper's clipping: one global norm over all gradients.

use crate::job::{Recipe, Schedule};
use crate::model::Model;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamConfig, AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use std::f64::consts::PI;

/// PyTorch's default; burn's is 1e-5.
const EPSILON: f32 = 1e-8;

/// Adam, or AdamW where the recipe decays weights.
pub(crate) fn optimizer(recipe: &Recipe) -> ModuleOptimizer {
    match recipe.weight_decay {
        0.0 => AdamConfig::new().with_epsilon(EPSILON).init(),
        decay => AdamWConfig::new()
            .with_epsilon(EPSILON)
            .with_weight_decay(decay as f32)
            .init(),
    }
}

/// The learning rate of a step counted from 0.
pub(crate) fn learning_rate(recipe: &Recipe, step: u64) -> f64 {
    match recipe.schedule {
        Schedule::Constant {} => recipe.learning_rate,
        Schedule::Cosine { warmup, .. } if step < warmup => {
            recipe.learning_rate * (step + 1) as f64 / warmup as f64
        }
        Schedule::Cosine { warmup, floor } => {
            let length = recipe.steps.saturating_sub(warmup).max(1);
            let part = (step - warmup) as f64 / length as f64;
            let cosine = 0.5 * (1.0 + (PI * part).cos());
            recipe.learning_rate * (floor + (1.0 - floor) * cosine)
        }
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
            self.squares.push((gradient.clone() * gradient).sum());
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

    #[test]
    fn cosine_warms_up_peaks_and_ends_near_its_floor() {
        let schedule = Schedule::Cosine {
            warmup: 10,
            floor: 0.1,
        };
        let recipe = Recipe {
            steps: 110,
            learning_rate: 1.0,
            schedule,
            ..Recipe::paper()
        };
        assert!((learning_rate(&recipe, 0) - 0.1).abs() < 1e-12);
        assert!((learning_rate(&recipe, 10) - 1.0).abs() < 1e-12);
        assert!((learning_rate(&recipe, 60) - 0.55).abs() < 1e-12);
        assert!(learning_rate(&recipe, 109) < 0.101);
    }
}
