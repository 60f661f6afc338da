//! Dense layers, one or three of one input.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::extension::Fused;
use crate::fused::multiplies;
use crate::{autocast, composed};

/// `x · weight + bias` over the last axis.
///
/// A weight of another float type is multiplied in that type; what comes out is of `x`'s.
///
/// # Shapes
/// - `x`: `[.., in]`
/// - `weight`: `[in, out]`
/// - `bias`: `[out]`
/// - output: `[.., out]`
pub fn linear<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Tensor<D> {
    let weight = autocast::lowered(weight);
    if !multiplies(&x, &weight) {
        return composed::linear(x, weight, bias);
    }
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(match bias {
        Some(bias) => Dispatch::fused_linear(x, weight, bias.into_dispatch()),
        None => Dispatch::fused_linear_unbiased(x, weight),
    })
}

/// Three dense layers of one input, their outputs side by side: a query, key and value projection.
///
/// # Shapes
/// - `x`: `[.., in]`
/// - `weights`: `[in, out]` each, `biases`: `[out]` each
/// - output: `[.., sum of the outs]`
pub fn linears<const D: usize>(
    x: Tensor<D>,
    weights: [Tensor<2>; 3],
    biases: Option<[Tensor<1>; 3]>,
) -> Tensor<D> {
    let weights = weights.map(autocast::lowered);
    if !multiplies(&x, &weights[0]) {
        let bias = biases.map(|biases| Tensor::cat(biases.to_vec(), 0));
        return composed::linear(x, Tensor::cat(weights.to_vec(), 1), bias);
    }
    let (x, [q, k, v]) = (x.into_dispatch(), weights.map(Tensor::into_dispatch));
    Tensor::from_dispatch(
        match biases.map(|biases| biases.map(Tensor::into_dispatch)) {
            Some([a, b, c]) => Dispatch::fused_linears(x, q, k, v, a, b, c),
            None => Dispatch::fused_linears_unbiased(x, q, k, v),
        },
    )
}
