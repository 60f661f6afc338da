//! The forward passes behind a look at the shapes, the same on every backend.

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};

use crate::form::Form;
use crate::mask::Dropout;
use crate::passes::Passes;

pub(crate) fn layer_norm<B: Passes>(
    x: &FloatTensor<B>,
    gain: &FloatTensor<B>,
    bias: &FloatTensor<B>,
    epsilon: f32,
) -> [FloatTensor<B>; 2] {
    let (shape, width) = (x.shape(), gain.shape()[0]);
    assert!(
        shape[shape.num_dims() - 1] == width && bias.shape()[0] == width && width > 0,
        "layer_norm: gain and bias are as wide as the last axis of x"
    );
    B::layer_norm_forward(x, gain, bias, epsilon)
}

pub(crate) fn rms_norm<B: Passes>(
    x: &FloatTensor<B>,
    gain: &FloatTensor<B>,
    epsilon: f32,
) -> [FloatTensor<B>; 2] {
    let (shape, width) = (x.shape(), gain.shape()[0]);
    assert!(
        shape[shape.num_dims() - 1] == width && width > 0,
        "rms_norm: the gain is as wide as the last axis of x"
    );
    B::rms_norm_forward(x, gain, epsilon)
}

pub(crate) fn attention<B: Passes>(
    qkv: &FloatTensor<B>,
    bias: Option<&FloatTensor<B>>,
    form: Form,
) -> (FloatTensor<B>, Vec<FloatTensor<B>>) {
    let [_, tokens, width] = qkv.shape().dims();
    form.head(width);
    if let Some(bias) = bias {
        let expected = [form.heads, tokens, tokens];
        assert_eq!(
            bias.shape(),
            expected.into(),
            "attention: the bias of every score"
        );
    }
    B::attention_forward(qkv, bias, form)
}

pub(crate) fn cross_entropy<B: Passes>(
    logits: &FloatTensor<B>,
    targets: &IntTensor<B>,
) -> [FloatTensor<B>; 2] {
    let rows = logits.shape()[0];
    assert!(
        targets.shape()[0] == rows,
        "cross_entropy: a class for each of {rows} rows"
    );
    B::cross_entropy_forward(logits, targets)
}

pub(crate) fn add_dropped<B: Passes>(
    residual: FloatTensor<B>,
    x: FloatTensor<B>,
    dropout: Dropout,
) -> FloatTensor<B> {
    let (residual, x) = (B::in_rows(residual), B::in_rows(x));
    assert_eq!(
        residual.shape(),
        x.shape(),
        "add_dropout: both sides have one shape"
    );
    B::add_dropped(residual, x, dropout)
}

pub(crate) fn linears<B: Passes>(
    x: &FloatTensor<B>,
    weights: &[FloatTensor<B>],
    biases: &[FloatTensor<B>],
    frozen: &[bool],
) -> FloatTensor<B> {
    let shape = x.shape();
    let inputs = shape[shape.num_dims() - 1];
    for (index, weight) in weights.iter().enumerate() {
        let bias = biases.get(index).map(|bias| bias.shape()[0]);
        let weight = weight.shape();
        assert!(
            weight[0] == inputs && bias.is_none_or(|bias| bias == weight[1]),
            "linear: x is [.., in], a weight [in, out] and its bias [out]"
        );
    }
    B::linears_forward(x, weights, biases, frozen)
}
