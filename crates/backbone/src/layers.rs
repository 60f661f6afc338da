use crate::init::Init;
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};

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

    /// The same numbers as parameters of their own.
    pub(crate) fn copy(&self) -> Self {
        Self {
            weight: Param::from_tensor(self.weight.val()),
            bias: Param::from_tensor(self.bias.val()),
        }
    }

    /// # Shapes
    /// - input: `[batch, tokens, in]`
    /// - output: `[batch, tokens, out]`
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::linear(input, self.weight.val(), Some(self.bias.val()))
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

impl Table {
    /// # Shapes
    /// - ids: `[batch, tokens]`
    /// - output: `[batch, tokens, width]`
    pub fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        burn::tensor::module::embedding(self.weight.val(), ids)
    }
}

/// The three projections, apart as on the hub.
#[derive(Module, Debug)]
pub struct SelfAttention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
}

/// The hub's wrapper around a dense layer.
#[derive(Module, Debug)]
pub struct Dense {
    pub dense: Linear,
}

impl Dense {
    pub(crate) fn init(inputs: usize, outputs: usize, deviation: f64, init: &mut Init) -> Self {
        Self {
            dense: Linear::init(inputs, outputs, deviation, init),
        }
    }
}

impl SelfAttention {
    pub(crate) fn init(width: usize, deviation: f64, init: &mut Init) -> Self {
        Self {
            query: Linear::init(width, width, deviation, init),
            key: Linear::init(width, width, deviation, init),
            value: Linear::init(width, width, deviation, init),
        }
    }

    /// # Shapes
    /// - hidden: `[batch, tokens, width]`
    /// - output: `[batch, tokens, 3 × width]`, query, key and value side by side
    pub fn forward(&self, hidden: Tensor<3>) -> Tensor<3> {
        side_by_side([&self.query, &self.key, &self.value], hidden)
    }
}

/// Three dense layers of one input as one product.
///
/// # Shapes
/// - hidden: `[batch, tokens, width]`
/// - output: `[batch, tokens, 3 × width]`
pub(crate) fn side_by_side(parts: [&Linear; 3], hidden: Tensor<3>) -> Tensor<3> {
    let weights = parts.map(|part| part.weight.val());
    let biases = parts.map(|part| part.bias.val());
    kernels::linears(hidden, weights, Some(biases))
}
