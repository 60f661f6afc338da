//! The passes on burn's backend for GPUs.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::{
    attention, attention_grads, columns, cross_entropy, gelu, linear, mask, norms, updates,
};
use crate::adam::AdamStep;
use crate::form::{Columns, Form, Gelu};
use crate::mask::Dropout;
use crate::passes::Passes;

impl Passes for CubeBackend {
    fn in_rows(x: CubeTensor) -> CubeTensor {
        into_contiguous(x)
    }

    fn layer_norm_forward(
        x: &CubeTensor,
        gain: &CubeTensor,
        bias: &CubeTensor,
        epsilon: f32,
    ) -> [CubeTensor; 2] {
        norms::layer_norm(x, gain, bias, epsilon)
    }

    fn layer_norm_input_grad(
        x: &CubeTensor,
        gain: &CubeTensor,
        moments: &CubeTensor,
        grad: &CubeTensor,
    ) -> CubeTensor {
        norms::layer_norm_grad(x, gain, moments, grad)
    }

    fn layer_norm_affine_grads(
        x: &CubeTensor,
        moments: &CubeTensor,
        grad: &CubeTensor,
    ) -> [CubeTensor; 2] {
        columns::layer_norm(x, moments, grad)
    }

    fn rms_norm_forward(x: &CubeTensor, gain: &CubeTensor, epsilon: f32) -> [CubeTensor; 2] {
        norms::rms_norm(x, gain, epsilon)
    }

    fn rms_norm_input_grad(
        x: &CubeTensor,
        gain: &CubeTensor,
        scales: &CubeTensor,
        grad: &CubeTensor,
    ) -> CubeTensor {
        norms::rms_norm_grad(x, gain, scales, grad)
    }

    fn rms_norm_gain_grad(x: &CubeTensor, scales: &CubeTensor, grad: &CubeTensor) -> CubeTensor {
        columns::rms_norm(x, scales, grad)
    }

    fn gelu_forward(gelu: Gelu, x: &CubeTensor) -> CubeTensor {
        gelu::forward(gelu, x)
    }

    fn gelu_grad(gelu: Gelu, x: &CubeTensor, grad: CubeTensor) -> CubeTensor {
        gelu::backward(gelu, x, &grad)
    }

    fn attention_forward(
        qkv: &CubeTensor,
        bias: Option<&CubeTensor>,
        form: Form,
    ) -> (CubeTensor, Vec<CubeTensor>) {
        let [output, log_sums] = attention::forward(qkv, bias, form);
        (output.clone(), vec![output, log_sums])
    }

    fn attention_grads(
        qkv: &CubeTensor,
        bias: Option<&CubeTensor>,
        saved: &[CubeTensor],
        grad: &CubeTensor,
        form: Form,
        of_bias: bool,
    ) -> (CubeTensor, Option<CubeTensor>) {
        attention_grads::backward(qkv, bias, [&saved[0], &saved[1]], grad, form, of_bias)
    }

    fn cross_entropy_forward(logits: &CubeTensor, targets: &CubeTensor) -> [CubeTensor; 2] {
        cross_entropy::forward(logits, targets)
    }

    fn cross_entropy_grad(
        logits: &CubeTensor,
        targets: &CubeTensor,
        log_sums: &CubeTensor,
        grad: &CubeTensor,
    ) -> CubeTensor {
        cross_entropy::backward(logits, targets, log_sums, grad)
    }

    fn mean(x: &CubeTensor) -> CubeTensor {
        Self::float_mean(x.clone())
    }

    fn dropped(x: CubeTensor, dropout: Dropout) -> CubeTensor {
        mask::dropped(x, dropout)
    }

    fn add_dropped(residual: CubeTensor, x: CubeTensor, dropout: Dropout) -> CubeTensor {
        mask::add_dropped(residual, x, dropout)
    }

    /// Nothing is made of weights that do not change: a device multiplies them as they are.
    fn linears_forward(
        x: &CubeTensor,
        weights: &[CubeTensor],
        biases: &[CubeTensor],
        _frozen: &[bool],
    ) -> CubeTensor {
        linear::forward(x, weights, biases)
    }

    fn linears_input_grad(
        grad: &CubeTensor,
        weights: &[CubeTensor],
        _layers: &[Columns],
        _frozen: &[bool],
    ) -> CubeTensor {
        linear::input_grad(grad, weights)
    }

    fn linear_weight_grad(x: &CubeTensor, grad: &CubeTensor, layer: Columns) -> CubeTensor {
        linear::weight_grad(x, grad, layer)
    }

    fn linear_bias_grad(grad: &CubeTensor, layer: Columns) -> CubeTensor {
        columns::of_layer(grad, layer)
    }

    fn adam(
        step: AdamStep,
        grad: FloatTensor<Self>,
        state: [FloatTensor<Self>; 3],
    ) -> [FloatTensor<Self>; 3] {
        updates::adam(step, into_contiguous(grad), state.map(into_contiguous))
    }

    fn square_sum(total: CubeTensor, x: CubeTensor) -> CubeTensor {
        updates::square_sum(&total, &into_contiguous(x))
    }
}
