use burn::tensor::Tensor;
use burn::tensor::activation::{
    hard_swish, leaky_relu, mish, relu, relu6, sigmoid, silu, softplus_with_threshold, tanh,
};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};
use std::fmt;

/// What stands between the dense layers of a feed-forward layer: the functions of `transformers`
/// that have no weights of their own, under each of its names (`ACT2FN`), the first of which is
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// GELU, exact.
    #[serde(alias = "gelu_python")]
    Gelu,
    /// GELU by tanh; the names are of formulas that differ in their rounding.
    #[serde(
        alias = "gelu_pytorch_tanh",
        alias = "gelu_python_tanh",
        alias = "gelu_fast",
        alias = "gelu_accurate"
    )]
    GeluNew,
    /// GELU, between -10 and 10.
    #[serde(rename = "gelu_10")]
    Gelu10,
    /// GELU by the logistic function.
    QuickGelu,
    Relu,
    /// The square of a ReLU.
    Relu2,
    /// A ReLU of at most 6.
    Relu6,
    LeakyRelu,
    #[serde(alias = "swish")]
    Silu,
    /// A SiLU of straight pieces.
    #[serde(rename = "hardswish")]
    HardSwish,
    Mish,
    /// The square root of a softplus (DeepSeek's).
    #[serde(rename = "sqrtsoftplus")]
    SqrtSoftplus,
    Sigmoid,
    Tanh,
    /// The distribution function of a normal with mean √½ and variance 1/4π (MEGA's).
    Laplace,
    Linear,
}

impl Activation {
    pub(crate) fn gelu() -> Self {
        Self::Gelu
    }

    pub(crate) fn is_gelu(&self) -> bool {
        *self == Self::Gelu
    }

    pub(crate) fn gelu_new() -> Self {
        Self::GeluNew
    }

    pub(crate) fn is_gelu_new(&self) -> bool {
        *self == Self::GeluNew
    }

    /// Of each number.
    pub(crate) fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Gelu => kernels::gelu_erf(x),
            Self::GeluNew => kernels::gelu_tanh(x),
            Self::Gelu10 => kernels::gelu_erf(x).clamp(-10.0, 10.0),
            Self::QuickGelu => x.clone() * sigmoid(x * 1.702),
            Self::Relu => relu(x),
            Self::Relu2 => relu(x).square(),
            Self::Relu6 => relu6(x),
            Self::LeakyRelu => leaky_relu(x, 0.01),
            Self::Silu => silu(x),
            Self::HardSwish => hard_swish(x),
            Self::Mish => mish(x),
            Self::SqrtSoftplus => softplus_with_threshold(x, 1.0, 20.0).sqrt(),
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => tanh(x),
            Self::Laplace => ((x - FRAC_1_SQRT_2) / (0.282_095 * SQRT_2)).erf() * 0.5 + 0.5,
            Self::Linear => x,
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
