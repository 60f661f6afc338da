use serde::{Deserialize, Serialize};

/// What frozen attention and feed-forward weights are multiplied in.
///
/// Everything that trains, layer norms, softmax and the residual stream stay in 32 bits. Products
/// with frozen weights then run in half precision, forward and backward: for GPUs, which are faster
/// at it. On the CPU it costs time, as no kernel is made for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    #[default]
    F32,
    /// 8 bits of exponent: the range of `f32`.
    Bf16,
    /// 5 bits of exponent, 10 of fraction.
    F16,
}
