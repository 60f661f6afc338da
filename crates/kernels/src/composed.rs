//! The same functions from ordinary tensor operations, for devices without a fused form.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use crate::mask::{Dropout, Mask};

pub(crate) fn layer_norm<const D: usize>(
    x: Tensor<D>,
    gain: Tensor<1>,
    bias: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    let centred = x.clone() - x.mean_dim(D - 1);
    let variance = (centred.clone() * centred.clone()).mean_dim(D - 1);
    let normalised = centred / (variance + epsilon).sqrt();
    normalised * gain.unsqueeze() + bias.unsqueeze()
}

pub(crate) fn attention(
    qkv: Tensor<3>,
    heads: usize,
    causal: bool,
    dropped: Option<Dropout>,
) -> Tensor<3> {
    let width = qkv.dims()[2] / 3;
    let values = split_heads(qkv.clone().narrow(2, 2 * width, width), heads);
    mix(attention_weights(qkv, heads, causal), values, dropped)
}

pub(crate) fn attention_weights(qkv: Tensor<3>, heads: usize, causal: bool) -> Tensor<4> {
    let [_, tokens, width] = qkv.dims();
    let (width, head) = (width / 3, width / 3 / heads);
    let part = |index: usize| split_heads(qkv.clone().narrow(2, index * width, width), heads);
    let scale = 1.0 / (head as f64).sqrt();
    let mut scores = part(0).matmul(part(1).swap_dims(2, 3)) * scale;
    if causal {
        let hidden = Tensor::<2, Bool>::tril_mask([tokens, tokens], 0, &scores.device());
        scores = scores.mask_fill(hidden.unsqueeze::<4>(), f32::NEG_INFINITY);
    }
    softmax(scores, 3)
}

pub(crate) fn biased_attention(
    qkv: Tensor<3>,
    bias: Tensor<3>,
    dropped: Option<Dropout>,
) -> Tensor<3> {
    let heads = bias.dims()[0];
    let width = qkv.dims()[2] / 3;
    let values = split_heads(qkv.clone().narrow(2, 2 * width, width), heads);
    mix(biased_attention_weights(qkv, bias), values, dropped)
}

pub(crate) fn biased_attention_weights(qkv: Tensor<3>, bias: Tensor<3>) -> Tensor<4> {
    let heads = bias.dims()[0];
    let width = qkv.dims()[2] / 3;
    let part = |index: usize| split_heads(qkv.clone().narrow(2, index * width, width), heads);
    let scores = part(0).matmul(part(1).swap_dims(2, 3));
    softmax(scores + bias.unsqueeze(), 3)
}

pub(crate) fn rms_norm<const D: usize>(x: Tensor<D>, gain: Tensor<1>, epsilon: f64) -> Tensor<D> {
    let square = (x.clone() * x.clone()).mean_dim(D - 1);
    x / (square + epsilon).sqrt() * gain.unsqueeze()
}

pub(crate) fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    let [rows, _] = logits.dims();
    let of_targets = log_softmax(logits, 1).gather(1, targets.reshape([rows, 1]));
    of_targets.neg().reshape([rows])
}

/// `[batch, tokens, heads × head]` as `[batch, heads, tokens, head]`.
pub(crate) fn split_heads(x: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, tokens, width] = x.dims();
    x.reshape([batch, tokens, heads, width / heads])
        .swap_dims(1, 2)
}

/// `[batch, heads, tokens, head]` as `[batch, tokens, heads × head]`.
pub(crate) fn join_heads(x: Tensor<4>) -> Tensor<3> {
    let [batch, heads, tokens, head] = x.dims();
    x.swap_dims(1, 2).reshape([batch, tokens, heads * head])
}

/// The mean of `values` under `weights`, heads side by side.
fn mix(mut weights: Tensor<4>, values: Tensor<4>, dropped: Option<Dropout>) -> Tensor<3> {
    if let Some(dropped) = dropped {
        weights = dropout(weights, dropped);
    }
    join_heads(weights.matmul(values))
}

pub(crate) fn dropout<const D: usize>(x: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    let factors = factors(x.dims(), dropout, &x.device());
    x * factors
}

pub(crate) fn linear<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Tensor<D> {
    let (own, inner) = (x.dtype(), weight.dtype());
    let output = x.cast(inner).matmul(weight.unsqueeze()).cast(own);
    match bias {
        Some(bias) => output + bias.unsqueeze(),
        None => output,
    }
}

/// What each element is multiplied by: 0 where it is dropped, `1 / keep rate` elsewhere.
fn factors<const D: usize>(shape: [usize; D], dropout: Dropout, device: &Device) -> Tensor<D> {
    let mut factors = vec![0.0; shape.iter().product()];
    Mask::new(dropout).fill(0, &mut factors);
    Tensor::from_data(TensorData::new(factors, shape), device)
}
