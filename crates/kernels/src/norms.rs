//! Norms over the last axis.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::composed;
use crate::extension::Fused;
use crate::fused::fused;

/// Normalises the last axis to mean 0 and variance 1, then scales by `gain` and adds `bias`.
///
/// Layer normalisation of Ba et al. (2016), with the biased variance as in GPT-2 and BERT.
///
/// # Shapes
/// - `x`: `[.., width]`
/// - `gain`, `bias`: `[width]`
/// - output: `[.., width]`
pub fn layer_norm<const D: usize>(
    x: Tensor<D>,
    gain: Tensor<1>,
    bias: Tensor<1>,
    epsilon: f64,
) -> Tensor<D> {
    if fused(&x) {
        Tensor::from_dispatch(Dispatch::fused_layer_norm(
            x.into_dispatch(),
            gain.into_dispatch(),
            bias.into_dispatch(),
            epsilon as f32,
        ))
    } else {
        composed::layer_norm(x, gain, bias, epsilon)
    }
}

/// Divides the last axis by its root mean square, then scales by `gain` (Zhang and Sennrich, 2019).
///
/// # Shapes
/// - `x`, output: `[.., width]`
/// - `gain`: `[width]`
pub fn rms_norm<const D: usize>(x: Tensor<D>, gain: Tensor<1>, epsilon: f64) -> Tensor<D> {
    if fused(&x) {
        let (x, gain) = (x.into_dispatch(), gain.into_dispatch());
        Tensor::from_dispatch(Dispatch::fused_rms_norm(x, gain, epsilon as f32))
    } else {
        composed::rms_norm(x, gain, epsilon)
    }
}
