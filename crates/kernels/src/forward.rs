//! The forward passes on burn-flex, with what their backward passes need.

use burn::backend::TensorMetadata;
use burn_flex::FlexTensor;

use crate::flex::attention::{self, Extras};
use crate::flex::gelu::Gelu;
use crate::flex::reach::{Reach, Shape};
use crate::flex::{buffer, cross_entropy, from_vec, layer_norm, linear, rms_norm, values};
use crate::mask::{Dropout, Mask};

/// The normalised rows, and their moments for the backward pass.
pub(crate) fn layer_norm_forward(
    x: &FlexTensor,
    gain: &FlexTensor,
    bias: &FlexTensor,
    epsilon: f32,
) -> (FlexTensor, FlexTensor) {
    let (shape, width) = (x.shape(), gain.shape()[0]);
    assert!(
        shape[shape.num_dims() - 1] == width && bias.shape()[0] == width && width > 0,
        "layer_norm: gain and bias are as wide as the last axis of x"
    );
    let [output, moments] = layer_norm::forward(values(x), values(gain), values(bias), epsilon);
    (from_vec(output, shape), row(moments))
}

/// The normalised rows, and what each was multiplied by.
pub(crate) fn rms_norm_forward(
    x: &FlexTensor,
    gain: &FlexTensor,
    epsilon: f32,
) -> (FlexTensor, FlexTensor) {
    let (shape, width) = (x.shape(), gain.shape()[0]);
    assert!(
        shape[shape.num_dims() - 1] == width && width > 0,
        "rms_norm: the gain is as wide as the last axis of x"
    );
    let [output, scales] = rms_norm::forward(values(x), values(gain), epsilon);
    (from_vec(output, shape), row(scales))
}

pub(crate) fn gelu_forward(gelu: Gelu, x: &FlexTensor) -> FlexTensor {
    from_vec(gelu.forward(values(x)), x.shape())
}

/// Which attention on a projection `[batch, tokens, 3 × width]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) heads: usize,
    pub(crate) reach: Reach,
    /// Whether scores are divided by the root of a head's width.
    pub(crate) scaled: bool,
    pub(crate) dropout: Option<Dropout>,
}

impl Form {
    pub(crate) fn shape(&self, qkv: &FlexTensor) -> Shape {
        let shape = qkv.shape();
        let head = shape[2] / 3 / self.heads;
        let scale = match self.scaled {
            true => 1.0 / (head as f32).sqrt(),
            false => 1.0,
        };
        Shape {
            tokens: shape[1],
            heads: self.heads,
            head,
            reach: self.reach,
            scale,
        }
    }

    pub(crate) fn extras<'a>(&self, bias: Option<&'a FlexTensor>) -> Extras<'a> {
        Extras {
            bias: bias.map(values),
            mask: self.dropout.map(Mask::new),
        }
    }
}

/// The output, and the log-sum-exp of each row of scores for the backward pass.
pub(crate) fn attention_forward(
    qkv: &FlexTensor,
    bias: Option<&FlexTensor>,
    form: Form,
) -> (FlexTensor, FlexTensor) {
    let mut dims = qkv.shape();
    assert!(
        form.heads > 0 && dims[2].is_multiple_of(3 * form.heads),
        "attention: a projection {} wide does not split into q, k, v of {} heads",
        dims[2],
        form.heads
    );
    let shape = form.shape(qkv);
    dims[2] /= 3;
    if let Some(bias) = bias {
        let expected = [shape.heads, shape.tokens, shape.tokens];
        assert_eq!(
            bias.shape(),
            expected.into(),
            "attention: the bias of every score"
        );
    }
    let [output, log_sums] = attention::forward(values(qkv), shape, form.extras(bias));
    (from_vec(output, dims), row(log_sums))
}

/// The loss of each row, and the log-sum-exp of its logits for the backward pass.
pub(crate) fn cross_entropy_forward(
    logits: &FlexTensor,
    targets: &[i32],
) -> (FlexTensor, FlexTensor) {
    let shape = logits.shape();
    let (rows, classes) = (shape[0], shape[1]);
    assert!(
        targets.len() == rows
            && targets
                .iter()
                .all(|target| (0..classes as i32).contains(target)),
        "cross_entropy: a class for each of {rows} rows, below {classes}"
    );
    let [losses, log_sums] = cross_entropy::forward(values(logits), targets, classes);
    (from_vec(losses, [rows].into()), row(log_sums))
}

/// The elements of a tensor of class indices.
pub(crate) fn indices(tensor: FlexTensor) -> Vec<i32> {
    let data = tensor.into_data();
    data.iter::<i32>().collect()
}

/// `frozen` says of each layer whether its weight may stay packed.
pub(crate) fn linear_forward(
    x: &FlexTensor,
    weights: &[FlexTensor],
    biases: &[FlexTensor],
    frozen: &[bool],
) -> FlexTensor {
    let mut shape = x.shape();
    let last = shape.num_dims() - 1;
    let layers = linear::columns(weights);
    for (index, layer) in layers.iter().enumerate() {
        let bias = biases.get(index).map(|bias| bias.shape()[0]);
        assert!(
            shape[last] == layer.inputs && bias.is_none_or(|bias| bias == layer.outputs),
            "linear: x is [.., in], a weight [in, out] and its bias [out]"
        );
    }
    shape[last] = layers.iter().map(|layer| layer.outputs).sum();
    let mut output = buffer::take(shape.num_elements());
    for (index, (weight, layer)) in weights.iter().zip(layers).enumerate() {
        let bias = biases.get(index).map(values);
        linear::forward(values(x), weight, bias, layer, frozen[index], &mut output);
    }
    from_vec(output, shape)
}

/// A tensor of one axis.
fn row(values: Vec<f32>) -> FlexTensor {
    let count = values.len();
    from_vec(values, [count].into())
}
