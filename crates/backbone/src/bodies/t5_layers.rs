//! Layers without biases, as T5 has them.

use crate::init::Init;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// A dense layer without bias. Named so that burn-store transposes it.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`
    pub weight: Param<Tensor<2>>,
}

/// Root-mean-square norm: no mean is taken away and no bias added.
#[derive(Module, Debug)]
pub struct RmsNorm {
    /// Gain, `[width]`
    pub weight: Param<Tensor<1>>,
    epsilon: f64,
}

impl Linear {
    pub(super) fn init(inputs: usize, outputs: usize, deviation: f64, init: &mut Init) -> Self {
        Self {
            weight: init.normal([inputs, outputs], deviation),
        }
    }

    pub(super) fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::linear(input, self.weight.val(), None)
    }
}

impl RmsNorm {
    pub(super) fn init(width: usize, epsilon: f64, init: &mut Init) -> Self {
        Self {
            weight: init.ones([width]),
            epsilon,
        }
    }

    pub(super) fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        kernels::rms_norm(input, self.weight.val(), self.epsilon)
    }
}
