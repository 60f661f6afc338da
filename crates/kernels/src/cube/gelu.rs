//! The two forms of the Gaussian error linear unit, an element to a unit.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{alike, buffer, elementwise};
use crate::form::Gelu;

/// `(1 + tanh u) / 2`, as on the CPU.
#[cube]
fn gate(x: f32) -> f32 {
    let u = 0.797_884_6f32 * x * (0.044_715f32 * x * x + 1.0f32);
    1.0f32 / (1.0f32 + f32::exp(-2.0f32 * u))
}

/// The error function within 2e-7, as on the CPU.
#[cube]
fn erf(x: f32) -> f32 {
    let x = clamp(x, -4.0f32, 4.0f32);
    let z = x * x;
    let mut p = f32::new(-2.726_142_4e-10);
    p = p * z + 2.770_681_5e-8f32;
    p = p * z - 2.101_024e-6f32;
    p = p * z - 5.692_506_4e-5f32;
    p = p * z - 7.349_906_4e-4f32;
    p = p * z - 2.954_6e-3f32;
    p = p * z - 1.609_603_4e-2f32;
    let mut q = f32::new(-1.456_607_2e-5);
    q = q * z - 2.133_740_5e-4f32;
    q = q * z - 1.682_827e-3f32;
    q = q * z - 7.373_329e-3f32;
    q = q * z - 1.426_473_9e-2f32;
    x * p / q
}

#[cube(launch_unchecked)]
fn gelu_kernel(x: &[f32], output: &mut [f32], #[comptime] exact: bool) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let x = x[at];
        if exact {
            output[at] = 0.5f32 * x * (1.0f32 + erf(x * 0.707_106_77f32));
        } else {
            output[at] = x * gate(x);
        }
    }
}

#[cube(launch_unchecked)]
fn gelu_grad_kernel(x: &[f32], grad: &[f32], output: &mut [f32], #[comptime] exact: bool) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let x = x[at];
        if exact {
            let gate = 0.5f32 * (1.0f32 + erf(x * 0.707_106_77f32));
            // 1 / √(2π), the height of the normal density.
            let density = 0.398_942_3f32 * f32::exp(-0.5f32 * x * x);
            output[at] = grad[at] * (gate + x * density);
        } else {
            let gate = gate(x);
            let slope = 1.595_769_2f32 * (0.134_145f32 * x * x + 1.0f32);
            output[at] = grad[at] * (gate + x * gate * (1.0f32 - gate) * slope);
        }
    }
}

pub(super) fn forward(gelu: Gelu, x: &CubeTensor) -> CubeTensor {
    let output = alike(x);
    let (count, dim) = elementwise(&output);
    let exact = matches!(gelu, Gelu::Erf);
    // Safety: no unit reads or writes past the elements, which both sides have as many of.
    unsafe {
        gelu_kernel::launch_unchecked(&x.client, count, dim, buffer(x), buffer(&output), exact);
    }
    output
}

pub(super) fn backward(gelu: Gelu, x: &CubeTensor, grad: &CubeTensor) -> CubeTensor {
    let output = alike(x);
    let (count, dim) = elementwise(&output);
    let exact = matches!(gelu, Gelu::Erf);
    // Safety: as above.
    unsafe {
        gelu_grad_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(grad),
            buffer(&output),
            exact,
        );
    }
    output
}
