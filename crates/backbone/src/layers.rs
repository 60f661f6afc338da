use crate::init::Init;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// A dense layer: `input · weight + bias`.
///
/// Named `Linear` so that burn-store transposes it for checkpoints that keep `[out, in]`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`
    pub weight: Param<Tensor<2>>,
    /// `[out]`
    pub bias: Param<Tensor<1>>,
}

impl Linear {
    pub(crate) fn init(inputs: usize, outputs: usize, deviation: f64, init: &mut Init) -> Self {
        Self {
            weight: init.normal([inputs, outputs], deviation),
            bias: init.zeros([outputs]),
        }
    }

    /// # Shapes
    /// - input: `[batch, tokens, in]`
    /// - output: `[batch, tokens, out]`
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::linear(input, self.weight.val(), self.bias.val())
    }
}

/// Layer norm over the last axis, with the hub's names for gain and bias.
#[derive(Module, Debug)]
pub struct Norm {
    /// Gain, `[width]`
    pub weight: Param<Tensor<1>>,
    /// `[width]`
    pub bias: Param<Tensor<1>>,
    epsilon: f64,
}

impl Norm {
    pub(crate) fn init(width: usize, epsilon: f64, init: &mut Init) -> Self {
        Self {
            weight: init.ones([width]),
            bias: init.zeros([width]),
            epsilon,
        }
    }

    /// # Shapes
    /// - input, output: `[batch, tokens, width]`
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::layer_norm(input, self.weight.val(), self.bias.val(), self.epsilon)
    }
}

/// A row per token or position.
#[derive(Module, Debug)]
pub struct Table {
    /// `[rows, width]`
    pub weight: Param<Tensor<2>>,
}
