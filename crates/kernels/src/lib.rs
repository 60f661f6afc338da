//! Fused operations of a transformer block, with hand-written backward passes.
//!
//! On the CPU (burn-flex) and on GPUs (burn-cubecl) each function here is one operation of the
//! graph: it stores next to nothing for the backward pass and computes only the gradients asked
//! for, so a frozen parameter costs nothing. The graph is the same for both (`autodiff`); what a backend
//! adds are its passes (`passes`). For other number types than 32-bit floats the same function is
//! composed from ordinary tensor operations; all forms agree, and drop the same elements.

mod adam;
mod autocast;
mod autodiff;
mod checked;
mod composed;
#[cfg(feature = "cube")]
mod cube;
mod dense;
mod dropout;
mod extension;
mod flex;
mod form;
mod fused;
mod lstm;
mod mask;
mod norms;
mod passes;
mod updates;
mod windowed;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

pub use adam::AdamStep;
pub use autocast::autocast;
pub use dense::{linear, linears};
pub use dropout::{add_dropout, dropout};
use extension::Fused;
pub use flex::simd::Simd;
use form::{Form, Gelu, Reach};
use fused::{attends, fused};
pub use lstm::{Norm, Recurrence, lstm};
pub use mask::Dropout;
pub use norms::{layer_norm, rms_norm};
pub use updates::{adam, square_sum};
pub use windowed::{Global, windowed_attention, windowed_attention_weights};

/// The tanh form of the Gaussian error linear unit (`gelu_new` of GPT-2), any shape.
pub fn gelu_tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if fused(&x) {
        Tensor::from_dispatch(Dispatch::fused_gelu(x.into_dispatch(), Gelu::Tanh))
    } else {
        burn::tensor::activation::gelu_approximate(x)
    }
}

/// The exact Gaussian error linear unit, `x Φ(x)` (BERT, ViT), any shape.
pub fn gelu_erf<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if fused(&x) {
        Tensor::from_dispatch(Dispatch::fused_gelu(x.into_dispatch(), Gelu::Erf))
    } else {
        burn::tensor::activation::gelu(x)
    }
}

/// Multi-head scaled dot-product self-attention (Vaswani et al., 2017) on a fused projection.
///
/// With `causal`, a token sees itself and the tokens before it. Dropout falls on the attention
/// weights, which are scaled by `1 / sqrt(width / heads)` before the softmax.
///
/// # Shapes
/// - `qkv`: `[batch, tokens, 3 × width]`, queries first, then keys, then values
/// - output: `[batch, tokens, width]`, heads side by side
///
/// # Panics
/// When the last axis is not three times a multiple of `heads`, as burn's own operations do for
/// shapes that do not fit.
pub fn attention(
    qkv: Tensor<3>,
    heads: usize,
    causal: bool,
    dropout: Option<Dropout>,
) -> Tensor<3> {
    let [_, _, width] = qkv.dims();
    assert!(
        heads > 0 && width.is_multiple_of(3 * heads),
        "attention: a projection {width} wide does not split into q, k, v of {heads} heads"
    );
    let dropout = dropout.filter(Dropout::is_active);
    let form = Form {
        heads,
        reach: if causal { Reach::Causal } else { Reach::All },
        scaled: true,
        dropout,
    };
    if attends(&qkv, form) {
        Tensor::from_dispatch(Dispatch::fused_attention(qkv.into_dispatch(), form))
    } else {
        composed::attention(qkv, heads, causal, dropout)
    }
}

/// The weights of [`attention`] before dropout, to look at. Always composed.
///
/// # Shapes
/// - `qkv`: `[batch, tokens, 3 × width]`
/// - output: `[batch, heads, tokens, tokens]`, queries by keys
pub fn attention_weights(qkv: Tensor<3>, heads: usize, causal: bool) -> Tensor<4> {
    composed::attention_weights(qkv, heads, causal)
}

/// Multi-head self-attention without scaling, with a bias on the scores (T5, Raffel et al., 2020).
///
/// Dropout falls on the attention weights. Every token sees every other.
///
/// # Shapes
/// - `qkv`: `[batch, tokens, 3 × heads × head width]`, queries first, then keys, then values
/// - `bias`: `[heads, tokens, tokens]`, queries by keys
/// - output: `[batch, tokens, heads × head width]`
pub fn biased_attention(qkv: Tensor<3>, bias: Tensor<3>, dropout: Option<Dropout>) -> Tensor<3> {
    let dropout = dropout.filter(Dropout::is_active);
    let form = Form {
        heads: bias.dims()[0],
        reach: Reach::All,
        scaled: false,
        dropout,
    };
    if attends(&qkv, form) {
        let (qkv, bias) = (qkv.into_dispatch(), bias.into_dispatch());
        Tensor::from_dispatch(Dispatch::fused_biased_attention(qkv, bias, form))
    } else {
        composed::biased_attention(qkv, bias, dropout)
    }
}

/// The weights of [`biased_attention`] before dropout, to look at.
///
/// # Shapes
/// - `qkv`: `[batch, tokens, 3 × heads × head width]`
/// - `bias`: `[heads, tokens, tokens]`
/// - output: `[batch, heads, tokens, tokens]`, queries by keys
pub fn biased_attention_weights(qkv: Tensor<3>, bias: Tensor<3>) -> Tensor<4> {
    composed::biased_attention_weights(qkv, bias)
}

/// The cross entropy of each row in nats.
///
/// # Shapes
/// - `logits`: `[rows, classes]`
/// - `targets`: `[rows]`, below `classes`
/// - output: `[rows]`
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    if fused(&logits) {
        let (logits, targets) = (logits.into_dispatch(), targets.into_dispatch());
        Tensor::from_dispatch(Dispatch::fused_cross_entropy(logits, targets))
    } else {
        composed::cross_entropy(logits, targets)
    }
}

/// The mean of all elements, one element.
///
/// On the CPU in lanes that are the same on every machine, where burn's own mean has as many as a
/// register holds.
pub fn mean(x: Tensor<1>) -> Tensor<1> {
    match fused(&x) {
        true => Tensor::from_dispatch(Dispatch::fused_mean(x.into_dispatch())),
        false => x.mean(),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution, Tolerance};

    use super::*;

    #[test]
    fn drops_what_the_fused_form_drops() {
        let device = Device::flex();
        let qkv = Tensor::<3>::random([2, 9, 48], Distribution::Default, &device);
        let dropped = Dropout {
            probability: 0.4,
            key: 7,
        };
        for causal in [false, true] {
            let fused = attention(qkv.clone(), 2, causal, Some(dropped)).into_data();
            let composed = composed::attention(qkv.clone(), 2, causal, Some(dropped)).into_data();
            fused.assert_approx_eq::<f32>(&composed, Tolerance::absolute(1e-5));
        }
        let fused = dropout(qkv.clone(), dropped).into_data();
        fused.assert_eq(&composed::dropout(qkv, dropped).into_data(), true);
    }

    #[test]
    fn layer_norm_and_linear_are_the_fused_ones() {
        let device = Device::flex();
        let x = Tensor::<3>::random([2, 5, 24], Distribution::Default, &device);
        let row = || Tensor::<1>::random([24], Distribution::Default, &device);
        let weight = Tensor::<2>::random([24, 24], Distribution::Default, &device);
        let (gain, bias) = (row(), row());
        let fused = layer_norm(x.clone(), gain.clone(), bias.clone(), 1e-5).into_data();
        let composed = composed::layer_norm(x.clone(), gain, bias.clone(), 1e-5).into_data();
        fused.assert_approx_eq::<f32>(&composed, Tolerance::absolute(1e-5));
        let fused = linear(x.clone(), weight.clone(), Some(bias.clone())).into_data();
        let composed = composed::linear(x, weight, Some(bias)).into_data();
        fused.assert_approx_eq::<f32>(&composed, Tolerance::absolute(1e-5));
    }
}
