//! The fused operations as an extension of burn's backends, and what burn-flex makes of them.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, backend_extension};
use burn_flex::{Flex, FlexTensor};

use crate::flex::adam::{self, AdamStep};
use crate::flex::gelu::Gelu;
use crate::flex::{contiguous, from_vec, values, values_mut};
use crate::forward::{
    Form, attention_forward, cross_entropy_forward, gelu_forward, indices, layer_norm_forward,
    linear_forward, rms_norm_forward,
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
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn fused_square_sum(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Updates for Flex {
    fn fused_adam(
        grad: FlexTensor,
        parameter: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let grad = contiguous(grad);
        let [mut parameter, mut first, mut second] = [parameter, first, second].map(contiguous);
        adam::step(
            step,
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
