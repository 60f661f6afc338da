//! The paper's clipping: one norm over all gradients, as PyTorch's `clip_grad_norm_` (burn's own is
//! per tensor).

use crate::device::reading_waits;
use crate::model::Model;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// PyTorch's, added to the norm.
const EPSILON: f64 = 1e-6;

/// What gradients are multiplied by.
pub(crate) enum Factor {
    /// They stay as they are.
    One,
    Known(f64),
    /// `[1]`, at most 1: a number that the host has not read.
    OnDevice(Box<Tensor<1>>),
}

/// Scales all gradients by one factor so that their joint norm is at most `limit`.
pub(crate) fn clip(gradients: GradientsParams, model: &Model, limit: f64) -> GradientsParams {
    match factor(&gradients, model, limit) {
        Factor::One => gradients,
        factor => scaled(gradients, model, &factor),
    }
}

/// The factor of [`clip`], for whoever multiplies by it on the way. Nothing waits for it.
pub(crate) fn factor(gradients: &GradientsParams, model: &Model, limit: f64) -> Factor {
    let mut squares = Squares {
        gradients,
        sums: Vec::new(),
    };
    model.visit(&mut squares);
    match squares.sums.first() {
        None => Factor::One,
        Some(sum) if reading_waits(&sum.device()) => {
            Factor::OnDevice(Box::new(on_device(squares.sums, limit)))
        }
        Some(_) => on_host(squares.sums, limit),
    }
}

/// In 64 bits, one sum after the other.
fn on_host(sums: Vec<Tensor<1>>, limit: f64) -> Factor {
    let sum = sums.into_iter().reduce(|sum, square| sum + square);
    let norm = sum.map_or(0.0, |sum| f64::from(sum.sqrt().into_scalar::<f32>()));
    let factor = limit / (norm + EPSILON);
    match factor >= 1.0 {
        true => Factor::One,
        false => Factor::Known(factor),
    }
}

/// In 32 bits, all sums at once: to add them one by one would be as many launches again.
fn on_device(sums: Vec<Tensor<1>>, limit: f64) -> Tensor<1> {
    let norm = Tensor::cat(sums, 0).sum().sqrt();
    let factor = (norm + EPSILON).recip() * limit;
    // Not a minimum, which may make a number of what is none.
    let enough = factor.clone().greater_equal_elem(1.0);
    factor.mask_fill(enough, 1.0)
}

fn scaled(gradients: GradientsParams, model: &Model, factor: &Factor) -> GradientsParams {
    let mut scale = Scale {
        gradients,
        factor,
        scaled: GradientsParams::new(),
    };
    model.visit(&mut scale);
    scale.scaled
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sums.push(kernels::square_sum(gradient));
        }
    }
}

struct Scale<'a> {
    gradients: GradientsParams,
    factor: &'a Factor,
    scaled: GradientsParams,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return;
        };
        let scaled = match self.factor {
            Factor::One => gradient,
            Factor::Known(factor) => gradient * *factor,
            Factor::OnDevice(factor) => gradient * factor.as_ref().clone().unsqueeze(),
        };
        self.scaled.register(param.id, scaled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::small::{self, gradients};
    use burn::tensor::Device;

    fn norm(gradients: &GradientsParams, model: &Model) -> f32 {
        let mut squares = Squares {
            gradients,
            sums: Vec::new(),
        };
        model.visit(&mut squares);
        let sum = squares.sums.into_iter().reduce(|a, b| a + b).unwrap();
        sum.sqrt().into_scalar::<f32>()
    }

    #[test]
    fn clipping_bounds_the_joint_norm_and_keeps_the_direction() {
        let (model, task, device) = small::model(&small::job());
        let whole = gradients(&model, task.as_ref(), &device);
        let before = norm(&whole, &model);
        assert!(before > 1.0);
        let clipped = clip(whole, &model, 1.0);
        assert!((norm(&clipped, &model) - 1.0).abs() < 1e-4);
        // A bound that is not reached changes nothing.
        let same = clip(clipped, &model, 2.0);
        assert!((norm(&same, &model) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_factor_that_stays_on_the_device_is_the_hosts() {
        let (model, task, device) = small::model(&small::job());
        let whole = || gradients(&model, task.as_ref(), &device);
        let before = norm(&whole(), &model);
        let sums = |values: &[f32]| {
            let tensor = |value: &f32| Tensor::from_floats([*value], &Device::flex());
            values.iter().map(tensor).collect::<Vec<Tensor<1>>>()
        };
        let square = before * before;
        for limit in [0.1, 1.0, 2.0 * f64::from(before)] {
            let factor = on_device(sums(&[0.25 * square, 0.75 * square]), limit);
            let expected = match on_host(sums(&[0.25 * square, 0.75 * square]), limit) {
                Factor::Known(factor) => factor as f32,
                _ => 1.0,
            };
            let found: f32 = factor.clone().into_scalar();
            assert!(
                (found - expected).abs() <= 1e-6 * expected,
                "{found} for {expected}"
            );
            let clipped = scaled(whole(), &model, &Factor::OnDevice(Box::new(factor)));
            let expected = expected * before;
            let found = norm(&clipped, &model);
            assert!(
                (found - expected).abs() <= 1e-5 * expected,
                "{found} for {expected}"
            );
        }
    }

    #[test]
    fn a_norm_that_is_not_a_number_makes_no_factor_of_one() {
        for norm in [f32::NAN, f32::INFINITY] {
            let sums = || vec![Tensor::<1>::from_floats([norm], &Device::flex())];
            let on_device: f32 = on_device(sums(), 1.0).into_scalar();
            let Factor::Known(on_host) = on_host(sums(), 1.0) else {
                panic!("a factor")
            };
            assert_eq!(on_device.to_bits(), (on_host as f32).to_bits());
        }
    }
}
