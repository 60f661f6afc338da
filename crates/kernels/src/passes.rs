//! What a backend computes of the fused operations: their forward passes, with what the backward
//! passes need, and those. The graph itself is the same for all backends (`autodiff`).

use burn::backend::Backend;
use burn::backend::tensor::{FloatTensor, IntTensor};

use crate::adam::AdamStep;
use crate::form::{Columns, Form, Gelu};
use crate::mask::Dropout;

/// Tensors that come in are in row-major order ([`Passes::in_rows`]; for `adam` and `square_sum` in
/// any), of 32-bit floats (weights of dense layers on a GPU also of 16 bits), and of shapes that fit
/// (`checked`).
pub(crate) trait Passes: Backend {
    /// The tensor itself where its elements lie in row-major order, else a copy that is so.
    fn in_rows(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The normalised rows, and the moments of each.
    fn layer_norm_forward(
        x: &FloatTensor<Self>,
        gain: &FloatTensor<Self>,
        bias: &FloatTensor<Self>,
        epsilon: f32,
    ) -> [FloatTensor<Self>; 2];

    fn layer_norm_input_grad(
        x: &FloatTensor<Self>,
        gain: &FloatTensor<Self>,
        moments: &FloatTensor<Self>,
        grad: &FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// The gradients of gain and bias.
    fn layer_norm_affine_grads(
        x: &FloatTensor<Self>,
        moments: &FloatTensor<Self>,
        grad: &FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 2];

    /// The normalised rows, and what each was multiplied by.
    fn rms_norm_forward(
        x: &FloatTensor<Self>,
        gain: &FloatTensor<Self>,
        epsilon: f32,
    ) -> [FloatTensor<Self>; 2];

    fn rms_norm_input_grad(
        x: &FloatTensor<Self>,
        gain: &FloatTensor<Self>,
        scales: &FloatTensor<Self>,
        grad: &FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn rms_norm_gain_grad(
        x: &FloatTensor<Self>,
        scales: &FloatTensor<Self>,
        grad: &FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn gelu_forward(gelu: Gelu, x: &FloatTensor<Self>) -> FloatTensor<Self>;

    /// `grad` times the derivative at `x`.
    fn gelu_grad(gelu: Gelu, x: &FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The output, and what the backward pass asks back. The bias is `[heads, tokens, tokens]`.
    fn attention_forward(
        qkv: &FloatTensor<Self>,
        bias: Option<&FloatTensor<Self>>,
        form: Form,
    ) -> (FloatTensor<Self>, Vec<FloatTensor<Self>>);

    /// The gradient of the projection, and that of the bias where it is asked for.
    fn attention_grads(
        qkv: &FloatTensor<Self>,
        bias: Option<&FloatTensor<Self>>,
        saved: &[FloatTensor<Self>],
        grad: &FloatTensor<Self>,
        form: Form,
        of_bias: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>);

    /// The loss of each row, and the log-sum-exp of its logits.
    fn cross_entropy_forward(
        logits: &FloatTensor<Self>,
        targets: &IntTensor<Self>,
    ) -> [FloatTensor<Self>; 2];

    /// The gradient of the logits from that of each row's loss.
    fn cross_entropy_grad(
        logits: &FloatTensor<Self>,
        targets: &IntTensor<Self>,
        log_sums: &FloatTensor<Self>,
        grad: &FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// The mean of all elements, one element.
    fn mean(x: &FloatTensor<Self>) -> FloatTensor<Self>;

    fn dropped(x: FloatTensor<Self>, dropout: Dropout) -> FloatTensor<Self>;

    /// `residual + dropped(x)`.
    fn add_dropped(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dropout: Dropout,
    ) -> FloatTensor<Self>;

    /// Layers of one input, their outputs side by side. Each has a weight `[in, out]`, and all or
    /// none a bias; `frozen` says of each whether its weight never changes.
    fn linears_forward(
        x: &FloatTensor<Self>,
        weights: &[FloatTensor<Self>],
        biases: &[FloatTensor<Self>],
        frozen: &[bool],
    ) -> FloatTensor<Self>;

    fn linears_input_grad(
        grad: &FloatTensor<Self>,
        weights: &[FloatTensor<Self>],
        layers: &[Columns],
        frozen: &[bool],
    ) -> FloatTensor<Self>;

    fn linear_weight_grad(
        x: &FloatTensor<Self>,
        grad: &FloatTensor<Self>,
        layer: Columns,
    ) -> FloatTensor<Self>;

    fn linear_bias_grad(grad: &FloatTensor<Self>, layer: Columns) -> FloatTensor<Self>;

    /// A parameter and its moments, one step on; see [`crate::adam`].
    fn adam(
        step: AdamStep,
        grad: FloatTensor<Self>,
        state: [FloatTensor<Self>; 3],
    ) -> [FloatTensor<Self>; 3];

    /// `total + Σ x²`, one element.
    fn square_sum(total: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self>;
}
