//! The two forms of the Gaussian error linear unit.

use super::buffer;
use super::math::{erf, exp};
use super::simd::vectorised;
use super::threads::by_rows;
use crate::form::Gelu;

const ROOT_2_OVER_PI: f32 = 0.797_884_6;
const CUBE: f32 = 0.044_715;

/// Multiply-adds an element, roughly.
const COST: usize = 16;
/// Elements shared out together.
const UNIT: usize = 1 << 10;

impl Gelu {
    /// The unit of each value.
    pub(crate) fn forward(self, x: &[f32]) -> Vec<f32> {
        let mut output = buffer::take(x.len());
        by_rows(&mut output, 1, COST, UNIT, |first, output| {
            let x = &x[first..][..output.len()];
            match self {
                Self::Tanh => forward_tanh(x, output),
                Self::Erf => forward_erf(x, output),
            }
        });
        output
    }

    /// Multiplies `grad` by the derivative at `x`.
    pub(crate) fn backward(self, x: &[f32], grad: &mut [f32]) {
        by_rows(grad, 1, COST, UNIT, |first, grad| {
            let x = &x[first..][..grad.len()];
            match self {
                Self::Tanh => backward_tanh(x, grad),
                Self::Erf => backward_erf(x, grad),
            }
        });
    }
}

/// `(1 + tanh u) / 2 = 1 / (1 + e^-2u)`, which loses no digits where tanh nears -1.
#[inline(always)]
fn gate(x: f32) -> f32 {
    let u = ROOT_2_OVER_PI * x * (CUBE * x).mul_add(x, 1.0);
    1.0 / (1.0 + exp(-2.0 * u))
}

vectorised! {
    fn forward_tanh(x: &[f32], output: &mut [f32]) {
        for (output, &x) in output.iter_mut().zip(x) {
            *output = x * gate(x);
        }
    }
}

vectorised! {
    fn backward_tanh(x: &[f32], grad: &mut [f32]) {
        for (grad, &x) in grad.iter_mut().zip(x) {
            let gate = gate(x);
            let slope = 2.0 * ROOT_2_OVER_PI * (3.0 * CUBE * x).mul_add(x, 1.0);
            *grad *= (x * gate * (1.0 - gate)).mul_add(slope, gate);
        }
    }
}

vectorised! {
    fn forward_erf(x: &[f32], output: &mut [f32]) {
        for (output, &x) in output.iter_mut().zip(x) {
            let half = 0.5 * x;
            *output = half.mul_add(erf(x * std::f32::consts::FRAC_1_SQRT_2), half);
        }
    }
}

vectorised! {
    fn backward_erf(x: &[f32], grad: &mut [f32]) {
        // 1 / √(2π), the height of the normal density.
        const HEIGHT: f32 = 0.398_942_3;
        for (grad, &x) in grad.iter_mut().zip(x) {
            let gate = 0.5f32.mul_add(erf(x * std::f32::consts::FRAC_1_SQRT_2), 0.5);
            *grad *= (x * HEIGHT).mul_add(exp(-0.5 * x * x), gate);
        }
    }
}
