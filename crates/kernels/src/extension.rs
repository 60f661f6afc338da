//! The fused operations as an extension of burn's backends, and their forward passes on burn-flex.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, backend_extension};
use burn_flex::{Flex, FlexTensor};

use crate::adam::Rates;
use crate::flex::attention::{self, Extras};
use crate::flex::gelu::Gelu;
use crate::flex::reach::{Reach, Shape};
use crate::flex::{
    adam, buffer, contiguous, cross_entropy, from_vec, layer_norm, linear, rms_norm, values,
    values_mut,
};
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

    fn fused_rms_norm(
        x: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self>;

    fn fused_attention(qkv: FloatTensor<Self>, form: Form) -> FloatTensor<Self>;

    fn fused_biased_attention(
        qkv: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        form: Form,
    ) -> FloatTensor<Self>;

    fn fused_cross_entropy(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
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

    fn fused_linear_unbiased(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Three layers side by side.
    fn fused_linears(
        x: FloatTensor<Self>,
        weight_1: FloatTensor<Self>,
        weight_2: FloatTensor<Self>,
        weight_3: FloatTensor<Self>,
        bias_1: FloatTensor<Self>,
        bias_2: FloatTensor<Self>,
        bias_3: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn fused_linears_unbiased(
        x: FloatTensor<Self>,
        weight_1: FloatTensor<Self>,
        weight_2: FloatTensor<Self>,
        weight_3: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// What happens to tensors outside any graph.
#[backend_extension(Flex)]
pub(crate) trait Updates: Backend {
    fn fused_adam(
        grad: FloatTensor<Self>,
        parameter: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rates: Rates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn fused_square_sum(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Updates for Flex {
    fn fused_adam(
        grad: FlexTensor,
        parameter: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        rates: Rates,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let grad = contiguous(grad);
        let [mut parameter, mut first, mut second] = [parameter, first, second].map(contiguous);
        adam::step(
            rates,
            values(&grad),
            values_mut(&mut parameter),
            values_mut(&mut first),
            values_mut(&mut second),
        );
        (parameter, first, second)
    }

    fn fused_square_sum(x: FlexTensor) -> FlexTensor {
        from_vec(vec![adam::square_sum(values(&contiguous(x)))], [1].into())
    }
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

    fn fused_rms_norm(x: FlexTensor, gain: FlexTensor, epsilon: f32) -> FlexTensor {
        rms_norm_forward(&contiguous(x), &contiguous(gain), epsilon).0
    }

    fn fused_attention(qkv: FlexTensor, form: Form) -> FlexTensor {
        attention_forward(&contiguous(qkv), None, form).0
    }

    fn fused_biased_attention(qkv: FlexTensor, bias: FlexTensor, form: Form) -> FlexTensor {
        attention_forward(&contiguous(qkv), Some(&contiguous(bias)), form).0
    }

    fn fused_cross_entropy(logits: FlexTensor, targets: FlexTensor) -> FlexTensor {
        cross_entropy_forward(&contiguous(logits), &indices(targets)).0
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
        alone(x, [weight], [bias])
    }

    fn fused_linear_unbiased(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
        alone(x, [weight], [])
    }

    fn fused_linears(
        x: FlexTensor,
        weight_1: FlexTensor,
        weight_2: FlexTensor,
        weight_3: FlexTensor,
        bias_1: FlexTensor,
        bias_2: FlexTensor,
        bias_3: FlexTensor,
    ) -> FlexTensor {
        alone(x, [weight_1, weight_2, weight_3], [bias_1, bias_2, bias_3])
    }

    fn fused_linears_unbiased(
        x: FlexTensor,
        weight_1: FlexTensor,
        weight_2: FlexTensor,
        weight_3: FlexTensor,
    ) -> FlexTensor {
        alone(x, [weight_1, weight_2, weight_3], [])
    }
}

/// Layers outside any graph: nobody changes their weights meanwhile.
fn alone<const N: usize, const B: usize>(
    x: FlexTensor,
    weights: [FlexTensor; N],
    biases: [FlexTensor; B],
) -> FlexTensor {
    let (weights, biases) = (weights.map(contiguous), biases.map(contiguous));
    linear_forward(&contiguous(x), &weights, &biases, &[true; N])
}

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

/// `frozen` says of each layer whether its weight may be kept packed.
pub(crate) fn linear_forward(
    x: &FlexTensor,
    weights: &[FlexTensor],
    biases: &[FlexTensor],
    frozen: &[bool],
) -> FlexTensor {
    let mut shape = x.shape();
    let last = shape.num_dims() - 1;
    let places = linear::places(weights);
    for (index, place) in places.iter().enumerate() {
        let bias = biases.get(index).map(|bias| bias.shape()[0]);
        assert!(
            shape[last] == place.inputs && bias.is_none_or(|bias| bias == place.outputs),
            "linear: x is [.., in], a weight [in, out] and its bias [out]"
        );
    }
    shape[last] = places.iter().map(|place| place.outputs).sum();
    let mut output = buffer::take(shape.num_elements());
    for (index, (weight, place)) in weights.iter().zip(places).enumerate() {
        let bias = biases.get(index).map(values);
        linear::forward(values(x), weight, bias, place, frozen[index], &mut output);
    }
    from_vec(output, shape)
}

/// A tensor of one axis.
fn row(values: Vec<f32>) -> FlexTensor {
    let count = values.len();
    from_vec(values, [count].into())
}
