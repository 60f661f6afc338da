//! Layer normalisation: one pass forward, one backward for the input, one for gain and bias.

use super::buffer;
use super::lanes::sum;
use super::simd::vectorised;
use super::threads::{by_rows, by_rows_of_two};

/// Multiply-adds an element, roughly.
const COST: usize = 8;

/// The normalised rows, and the moments of each: mean and reciprocal standard deviation.
pub(crate) fn forward(x: &[f32], gain: &[f32], bias: &[f32], epsilon: f32) -> [Vec<f32>; 2] {
    let width = gain.len();
    let mut output = buffer::take(x.len());
    let mut moments = buffer::take(x.len() / width * 2);
    let outputs = (output.as_mut_slice(), moments.as_mut_slice());
    by_rows_of_two(
        [width, 2],
        outputs,
        width * COST,
        |first, output, moments| {
            let x = &x[first * width..][..output.len()];
            forward_rows(x, gain, bias, epsilon, output, moments);
        },
    );
    [output, moments]
}

/// The gradient of the input from `grad`, that of the output.
pub(crate) fn input_grad(x: &[f32], gain: &[f32], moments: &[f32], grad: &[f32]) -> Vec<f32> {
    let width = gain.len();
    let mut x_grad = buffer::take(x.len());
    by_rows(&mut x_grad, width, width * COST, 1, |first, x_grad| {
        let part = first * width..first * width + x_grad.len();
        let moments = &moments[2 * first..];
        input_grad_rows(&x[part.clone()], gain, moments, &grad[part], x_grad);
    });
    x_grad
}

/// The gradients of gain and bias.
pub(crate) fn affine_grads(
    x: &[f32],
    moments: &[f32],
    grad: &[f32],
    width: usize,
) -> [Vec<f32>; 2] {
    let (mut gain, mut bias) = (buffer::zeros(width), buffer::zeros(width));
    affine_grads_rows(x, moments, grad, &mut gain, &mut bias);
    [gain, bias]
}

vectorised! {
    fn forward_rows(
        x: &[f32],
        gain: &[f32],
        bias: &[f32],
        epsilon: f32,
        output: &mut [f32],
        moments: &mut [f32],
    ) {
        let width = gain.len();
        let rows = x.chunks_exact(width).zip(output.chunks_exact_mut(width));
        for ((x, output), moments) in rows.zip(moments.as_chunks_mut::<2>().0) {
            let mean = sum(width, |i| x[i]) / width as f32;
            let variance = sum(width, |i| (x[i] - mean) * (x[i] - mean)) / width as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            *moments = [mean, scale];
            for (((output, x), gain), bias) in output.iter_mut().zip(x).zip(gain).zip(bias) {
                *output = ((x - mean) * scale).mul_add(*gain, *bias);
            }
        }
    }
}

vectorised! {
    fn input_grad_rows(x: &[f32], gain: &[f32], moments: &[f32], grad: &[f32], x_grad: &mut [f32]) {
        let width = gain.len();
        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width));
        let rows = rows.zip(moments.as_chunks::<2>().0);
        for (((x, grad), &[mean, scale]), x_grad) in rows.zip(x_grad.chunks_exact_mut(width)) {
            let normal = |i: usize| (x[i] - mean) * scale;
            let inner = |i: usize| grad[i] * gain[i];
            let average = sum(width, inner) / width as f32;
            let along = sum(width, |i| inner(i) * normal(i)) / width as f32;
            for (i, x_grad) in x_grad.iter_mut().enumerate() {
                *x_grad = scale * (inner(i) - average - normal(i) * along);
            }
        }
    }
}

vectorised! {
    fn affine_grads_rows(
        x: &[f32],
        moments: &[f32],
        grad: &[f32],
        gain_grad: &mut [f32],
        bias_grad: &mut [f32],
    ) {
        let width = gain_grad.len();
        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width));
        for ((x, grad), &[mean, scale]) in rows.zip(moments.as_chunks::<2>().0) {
            let sums = gain_grad.iter_mut().zip(bias_grad.iter_mut());
            for ((x, grad), (gain_grad, bias_grad)) in x.iter().zip(grad).zip(sums) {
                *gain_grad = grad.mul_add((x - mean) * scale, *gain_grad);
                *bias_grad += grad;
            }
        }
    }
}
