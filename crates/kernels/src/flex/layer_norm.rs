//! Layer normalisation: one pass forward, one pass backward.

use super::lanes::sum;
use super::vectorised;

/// Mean and reciprocal standard deviation of a row.
pub(crate) type Moments = (f32, f32);

/// What the backward pass writes; a gradient that nobody asked for is `None`.
pub(crate) struct Gradients<'a> {
    pub(crate) x: Option<&'a mut [f32]>,
    pub(crate) gain: Option<&'a mut [f32]>,
    pub(crate) bias: Option<&'a mut [f32]>,
}

vectorised! {
    /// Pushes the normalised rows to `output` and their moments to `moments`.
    pub(crate) fn forward(
        x: &[f32],
        gain: &[f32],
        bias: &[f32],
        epsilon: f32,
        output: &mut Vec<f32>,
        moments: &mut Vec<Moments>,
    ) {
        let width = gain.len();
        for row in x.chunks_exact(width) {
            let mean = sum(width, |i| row[i]) / width as f32;
            let variance = sum(width, |i| (row[i] - mean) * (row[i] - mean)) / width as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            moments.push((mean, scale));
            output.extend(row.iter().zip(gain).zip(bias).map(|((x, gain), bias)| {
                ((x - mean) * scale).mul_add(*gain, *bias)
            }));
        }
    }
}

vectorised! {
    /// The gradients of a [`forward`] from `grad`, the gradient of its output. Those of gain and
    /// bias are added to what their slices hold.
    pub(crate) fn backward(
        x: &[f32],
        gain: &[f32],
        moments: &[Moments],
        grad: &[f32],
        gradients: Gradients,
    ) {
        let width = gain.len();
        let Gradients { x: mut x_grad, gain: mut gain_grad, bias: mut bias_grad } = gradients;
        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(moments).enumerate();
        for (index, ((row, grad), &(mean, scale))) in rows {
            let normal = |i: usize| (row[i] - mean) * scale;
            if let Some(x_grad) = &mut x_grad {
                let row_grad = &mut x_grad[index * width..][..width];
                let inner = |i: usize| grad[i] * gain[i];
                let average = sum(width, inner) / width as f32;
                let along = sum(width, |i| inner(i) * normal(i)) / width as f32;
                for (i, row_grad) in row_grad.iter_mut().enumerate() {
                    *row_grad = scale * (inner(i) - average - normal(i) * along);
                }
            }
            if let Some(gain_grad) = &mut gain_grad {
                for (i, gain_grad) in gain_grad[..width].iter_mut().enumerate() {
                    *gain_grad = grad[i].mul_add(normal(i), *gain_grad);
                }
            }
            if let Some(bias_grad) = &mut bias_grad {
                for (bias_grad, grad) in bias_grad[..width].iter_mut().zip(grad) {
                    *bias_grad += grad;
                }
            }
        }
    }
}
