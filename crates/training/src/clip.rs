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
    match norm(gradients, model) {
        None => Factor::One,
        Some(norm) if reading_waits(&norm.device()) => {
            Factor::OnDevice(Box::new(on_device(norm, limit)))
        }
        Some(norm) => on_host(norm, limit),
    }
}

/// The joint norm, `[1]`; none of no gradients.
fn norm(gradients: &GradientsParams, model: &Model) -> Option<Tensor<1>> {
    let total = None;
    let mut squares = Squares { gradients, total };
    model.visit(&mut squares);
    squares.total.map(Tensor::sqrt)
}

/// In 64 bits.
fn on_host(norm: Tensor<1>, limit: f64) -> Factor {
    let factor = limit / (f64::from(norm.into_scalar::<f32>()) + EPSILON);
    match factor >= 1.0 {
        true => Factor::One,
        false => Factor::Known(factor),
    }
}

/// In 32 bits.
fn on_device(norm: Tensor<1>, limit: f64) -> Tensor<1> {
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
    /// Of those seen so far, `[1]`.
    total: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.total = Some(kernels::square_sum(self.total.take(), gradient));
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

    fn length(gradients: &GradientsParams, model: &Model) -> f32 {
        norm(gradients, model).unwrap().into_scalar()
    }

    fn tensor(number: f32) -> Tensor<1> {
        Tensor::from_floats([number], &Device::flex())
    }

    #[test]
    fn clipping_bounds_the_joint_norm_and_keeps_the_direction() {
        let (model, task, device) = small::model(&small::job());
        let whole = gradients(&model, task.as_ref(), &device);
        let before = length(&whole, &model);
        assert!(before > 1.0);
        let clipped = clip(whole, &model, 1.0);
        assert!((length(&clipped, &model) - 1.0).abs() < 1e-4);
        // A bound that is not reached changes nothing.
        let same = clip(clipped, &model, 2.0);
        assert!((length(&same, &model) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_factor_that_stays_on_the_device_is_the_hosts() {
        let (model, task, device) = small::model(&small::job());
        let whole = || gradients(&model, task.as_ref(), &device);
        let before = length(&whole(), &model);
        for limit in [0.1, 1.0, 2.0 * f64::from(before)] {
            let expected = match on_host(tensor(before), limit) {
                Factor::Known(factor) => factor as f32,
                _ => 1.0,
            };
            let factor = on_device(tensor(before), limit);
            let found: f32 = factor.clone().into_scalar();
            assert!((found - expected).abs() <= 1e-6 * expected);
            let clipped = scaled(whole(), &model, &Factor::OnDevice(Box::new(factor)));
            let (found, expected) = (length(&clipped, &model), expected * before);
            assert!((found - expected).abs() <= 1e-5 * expected);
        }
    }

    #[test]
    fn a_norm_that_is_not_a_number_makes_no_factor_of_one() {
        for norm in [f32::NAN, f32::INFINITY] {
            let found: f32 = on_device(tensor(norm), 1.0).into_scalar();
            let Factor::Known(expected) = on_host(tensor(norm), 1.0) else {
                panic!("a factor")
            };
            assert_eq!(found.to_bits(), (expected as f32).to_bits());
        }
    }
}
