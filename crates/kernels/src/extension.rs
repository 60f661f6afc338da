//! The fused operations as an extension of burn's backends.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};

use crate::adam::AdamStep;
use crate::checked;
use crate::form::{Form, Gelu};
use crate::mask::Dropout;
use crate::passes::Passes;

/// The arguments are those of the functions of the same name at the top of the crate.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff)]
pub(crate) trait Fused: Backend {
    fn fused_layer_norm(
        x: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self>;

    fn fused_gelu(x: FloatTensor<Self>, gelu: Gelu) -> FloatTensor<Self>;

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

    fn fused_mean(x: FloatTensor<Self>) -> FloatTensor<Self>;

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
#[backend_extension(Flex, Cube: cfg(feature = "cube"))]
pub(crate) trait Updates: Backend {
    fn fused_adam(
        grad: FloatTensor<Self>,
        parameter: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn fused_square_sum(total: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl<B: Passes> Updates for B {
    fn fused_adam(
        grad: FloatTensor<B>,
        parameter: FloatTensor<B>,
        first: FloatTensor<B>,
        second: FloatTensor<B>,
        step: AdamStep,
    ) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
        let [parameter, first, second] = B::adam(step, grad, [parameter, first, second]);
        (parameter, first, second)
    }

    fn fused_square_sum(total: FloatTensor<B>, x: FloatTensor<B>) -> FloatTensor<B> {
        B::square_sum(total, x)
    }
}

/// Outside any graph: nobody changes weights meanwhile.
impl<B: Passes> Fused for B {
    fn fused_layer_norm(
        x: FloatTensor<B>,
        gain: FloatTensor<B>,
        bias: FloatTensor<B>,
        epsilon: f32,
    ) -> FloatTensor<B> {
        let [x, gain, bias] = [x, gain, bias].map(B::in_rows);
        let [output, _] = checked::layer_norm::<B>(&x, &gain, &bias, epsilon);
        output
    }

    fn fused_gelu(x: FloatTensor<B>, gelu: Gelu) -> FloatTensor<B> {
        B::gelu_forward(gelu, &B::in_rows(x))
    }

    fn fused_rms_norm(x: FloatTensor<B>, gain: FloatTensor<B>, epsilon: f32) -> FloatTensor<B> {
        let [x, gain] = [x, gain].map(B::in_rows);
        let [output, _] = checked::rms_norm::<B>(&x, &gain, epsilon);
        output
    }

    fn fused_attention(qkv: FloatTensor<B>, form: Form) -> FloatTensor<B> {
        checked::attention::<B>(&B::in_rows(qkv), None, form).0
    }

    fn fused_biased_attention(
        qkv: FloatTensor<B>,
        bias: FloatTensor<B>,
        form: Form,
    ) -> FloatTensor<B> {
        checked::attention::<B>(&B::in_rows(qkv), Some(&B::in_rows(bias)), form).0
    }

    fn fused_cross_entropy(logits: FloatTensor<B>, targets: IntTensor<B>) -> FloatTensor<B> {
        let [losses, _] = checked::cross_entropy::<B>(&B::in_rows(logits), &targets);
        losses
    }

    fn fused_mean(x: FloatTensor<B>) -> FloatTensor<B> {
        B::mean(&B::in_rows(x))
    }

    fn fused_dropout(x: FloatTensor<B>, dropout: Dropout) -> FloatTensor<B> {
        B::dropped(B::in_rows(x), dropout)
    }

    fn fused_add_dropout(
        residual: FloatTensor<B>,
        x: FloatTensor<B>,
        dropout: Dropout,
    ) -> FloatTensor<B> {
        checked::add_dropped::<B>(residual, x, dropout)
    }

    fn fused_linear(
        x: FloatTensor<B>,
        weight: FloatTensor<B>,
        bias: FloatTensor<B>,
    ) -> FloatTensor<B> {
        alone::<B, 1, 1>(x, [weight], [bias])
    }

    fn fused_linear_unbiased(x: FloatTensor<B>, weight: FloatTensor<B>) -> FloatTensor<B> {
        alone::<B, 1, 0>(x, [weight], [])
    }

    fn fused_linears(
        x: FloatTensor<B>,
        weight_1: FloatTensor<B>,
        weight_2: FloatTensor<B>,
        weight_3: FloatTensor<B>,
        bias_1: FloatTensor<B>,
        bias_2: FloatTensor<B>,
        bias_3: FloatTensor<B>,
    ) -> FloatTensor<B> {
        let weights = [weight_1, weight_2, weight_3];
        alone::<B, 3, 3>(x, weights, [bias_1, bias_2, bias_3])
    }

    fn fused_linears_unbiased(
        x: FloatTensor<B>,
        weight_1: FloatTensor<B>,
        weight_2: FloatTensor<B>,
        weight_3: FloatTensor<B>,
    ) -> FloatTensor<B> {
        alone::<B, 3, 0>(x, [weight_1, weight_2, weight_3], [])
    }
}

fn alone<B: Passes, const N: usize, const M: usize>(
    x: FloatTensor<B>,
    weights: [FloatTensor<B>; N],
    biases: [FloatTensor<B>; M],
) -> FloatTensor<B> {
    let (weights, biases) = (weights.map(B::in_rows), biases.map(B::in_rows));
    checked::linears::<B>(&B::in_rows(x), &weights, &biases, &[true; N])
}
