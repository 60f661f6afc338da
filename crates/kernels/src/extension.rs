//! The fused operations as an extension of burn's backends, and their forward passes on burn-flex.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata, backend_extension};
use burn_flex::{Flex, FlexTensor};

use crate::flex::attention::{self, Reach, Shape};
use crate::flex::gelu::Gelu;
use crate::flex::layer_norm::{self, Moments};
use crate::flex::{contiguous, from_vec, linear, values, values_mut};
use crate::mask::{Dropout, Mask};

/// The arguments are those of the functions of the same name at the top of the crate.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait Fused: Backend {
    fn fused_layer_norm(
        x: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self>;

    fn fused_gelu_tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;

    fn fused_gelu_erf(x: FloatTensor<Self>) -> FloatTensor<Self>;

    fn fused_attention(
        qkv: FloatTensor<Self>,
        heads: usize,
        reach: Reach,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self>;

    fn fused_dropout(x: FloatTensor<Self>, dropout: Dropout) -> FloatTensor<Self>;

    fn fused_add_dropout(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dropout: Dropout,
    ) -> FloatTensor<Self>;

    fn fused_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl Fused for Flex {
    fn fused_layer_norm(
        x: FlexTensor,
        gain: FlexTensor,
        bias: FlexTensor,
        epsilon: f32,
    ) -> FlexTensor {
        layer_norm_forward(
            &contiguous(x),
            &contiguous(gain),
            &contiguous(bias),
            epsilon,
        )
        .0
    }

    fn fused_gelu_tanh(x: FlexTensor) -> FlexTensor {
        gelu_forward(Gelu::Tanh, &contiguous(x))
    }

    fn fused_gelu_erf(x: FlexTensor) -> FlexTensor {
        gelu_forward(Gelu::Erf, &contiguous(x))
    }

    fn fused_attention(
        qkv: FlexTensor,
        heads: usize,
        reach: Reach,
        dropout: Option<Dropout>,
    ) -> FlexTensor {
        let shape = attention_shape(&qkv, heads, reach);
        attention_forward(&contiguous(qkv), shape, dropout).0
    }

    fn fused_dropout(x: FlexTensor, dropout: Dropout) -> FlexTensor {
        let mut x = contiguous(x);
        Mask::new(dropout).apply(values_mut(&mut x));
        x
    }

    fn fused_add_dropout(residual: FlexTensor, x: FlexTensor, dropout: Dropout) -> FlexTensor {
        let (residual, mut x) = (contiguous(residual), contiguous(x));
        assert_eq!(
            residual.shape(),
            x.shape(),
            "add_dropout: both sides have one shape"
        );
        Mask::new(dropout).apply_and_add(values_mut(&mut x), values(&residual));
        x
    }

    fn fused_linear(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        linear_forward(&contiguous(x), &contiguous(weight), &contiguous(bias))
    }
}

/// The normalised rows, and their moments for the backward pass.
pub(crate) fn layer_norm_forward(
    x: &FlexTensor,
    gain: &FlexTensor,
    bias: &FlexTensor,
    epsilon: f32,
) -> (FlexTensor, Vec<Moments>) {
    let (shape, width) = (x.shape(), gain.shape()[0]);
    assert!(
        shape[shape.num_dims() - 1] == width && bias.shape()[0] == width && width > 0,
        "layer_norm: gain and bias are as wide as the last axis of x"
    );
    let (x, gain, bias) = (values(x), values(gain), values(bias));
    let mut output = Vec::with_capacity(x.len());
    let mut moments = Vec::with_capacity(x.len() / width);
    layer_norm::forward(x, gain, bias, epsilon, &mut output, &mut moments);
    (from_vec(output, shape), moments)
}

pub(crate) fn gelu_forward(gelu: Gelu, x: &FlexTensor) -> FlexTensor {
    from_vec(gelu.forward(values(x)), x.shape())
}

/// The sizes of an attention on a projection `[batch, tokens, 3 × width]`.
pub(crate) fn attention_shape(qkv: &FlexTensor, heads: usize, reach: Reach) -> Shape {
    let shape = qkv.shape();
    Shape {
        tokens: shape[1],
        heads,
        head: shape[2] / 3 / heads,
        reach,
    }
}

/// The output, and the log-sum-exp of each row of scores for the backward pass.
pub(crate) fn attention_forward(
    qkv: &FlexTensor,
    shape: Shape,
    dropout: Option<Dropout>,
) -> (FlexTensor, Vec<f32>) {
    let mut dims = qkv.shape();
    dims[2] /= 3;
    let (output, log_sums) = attention::forward(values(qkv), shape, dropout.map(Mask::new));
    (from_vec(output, dims), log_sums)
}

pub(crate) fn linear_forward(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor) -> FlexTensor {
    let (mut shape, weights) = (x.shape(), weight.shape());
    let last = shape.num_dims() - 1;
    assert!(
        shape[last] == weights[0] && bias.shape()[0] == weights[1],
        "linear: x is [.., in], the weight [in, out] and the bias [out]"
    );
    let output = linear::forward(values(x), values(weight), values(bias), weights[0]);
    shape[last] = weights[1];
    from_vec(output, shape)
}
