//! Normalisation by the root mean square.

use super::buffer;
use super::lanes::sum;
use super::simd::vectorised;
use super::threads::{by_rows, by_rows_of_two};

/// Multiply-adds an element, roughly.
const COST: usize = 6;

/// The normalised rows, and what each was multiplied by.
pub(crate) fn forward(x: &[f32], gain: &[f32], epsilon: f32) -> [Vec<f32>; 2] {
    let width = gain.len();
    let mut output = buffer::take(x.len());
    let mut scales = buffer::take(x.len() / width);
    let outputs = (output.as_mut_slice(), scales.as_mut_slice());
    by_rows_of_two(
        [width, 1],
        outputs,
        width * COST,
        |first, output, scales| {
            forward_rows(
                &x[first * width..][..output.len()],
                gain,
                epsilon,
                output,
                scales,
            );
        },
    );
    [output, scales]
}

/// The gradient of the input from `grad`, that of the output.
pub(crate) fn input_grad(x: &[f32], gain: &[f32], scales: &[f32], grad: &[f32]) -> Vec<f32> {
    let width = gain.len();
    let mut x_grad = buffer::take(x.len());
    by_rows(&mut x_grad, width, width * COST, 1, |first, x_grad| {
        let part = first * width..first * width + x_grad.len();
        input_grad_rows(
            &x[part.clone()],
            gain,
            &scales[first..],
            &grad[part],
            x_grad,
        );
    });
    x_grad
}

/// The gradient of the gain.
pub(crate) fn gain_grad(x: &[f32], scales: &[f32], grad: &[f32], width: usize) -> Vec<f32> {
    let mut gain = buffer::zeros(width);
    gain_grad_rows(x, scales, grad, &mut gain);
    gain
}

vectorised! {
    fn forward_rows(
        x: &[f32],
        gain: &[f32],
        epsilon: f32,
        output: &mut [f32],
        scales: &mut [f32],
    ) {
        let width = gain.len();
        let rows = x.chunks_exact(width).zip(output.chunks_exact_mut(width));
        for ((x, output), scale) in rows.zip(scales) {
            let square = sum(width, |i| x[i] * x[i]) / width as f32;
            *scale = 1.0 / (square + epsilon).sqrt();
            for ((output, x), gain) in output.iter_mut().zip(x).zip(gain) {
                *output = x * *scale * gain;
            }
        }
    }
}

vectorised! {
    fn input_grad_rows(x: &[f32], gain: &[f32], scales: &[f32], grad: &[f32], x_grad: &mut [f32]) {
        let width = gain.len();
        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(scales);
        for (((x, grad), &scale), x_grad) in rows.zip(x_grad.chunks_exact_mut(width)) {
            let inner = |i: usize| grad[i] * gain[i];
            let along = sum(width, |i| inner(i) * (x[i] * scale)) / width as f32;
            for (i, x_grad) in x_grad.iter_mut().enumerate() {
                *x_grad = scale * (inner(i) - x[i] * scale * along);
            }
        }
    }
}

vectorised! {
    fn gain_grad_rows(x: &[f32], scales: &[f32], grad: &[f32], gain_grad: &mut [f32]) {
        let width = gain_grad.len();
        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(scales);
        for ((x, grad), &scale) in rows {
            for ((gain_grad, x), grad) in gain_grad.iter_mut().zip(x).zip(grad) {
                *gain_grad = grad.mul_add(x * scale, *gain_grad);
            }
        }
    }
}
