use backbone::Pass;
use burn::tensor::FloatDType;
use serde::{Deserialize, Serialize};

/// What the products of dense layers are taken in, forward and backward.
///
/// Frozen attention and feed-forward matrices are then kept in that type; what trains is kept in 32
/// bits and rounded for each product, as under PyTorch's autocast. Sums, norms, softmax, attention and the
/// residual stream stay in 32 bits. For GPUs, which are faster at it; on the CPU it costs time, as no
/// kernel is made for it.
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

impl Precision {
    /// A forward pass that trains nothing.
    pub(crate) fn evaluation(self) -> Pass {
        Pass::evaluation().multiplying_in(self.dtype())
    }

    /// A forward pass that trains, with dropout drawn by a key.
    pub(crate) fn training(self, dropout: f64, key: u64) -> Pass {
        Pass::training(dropout, key).multiplying_in(self.dtype())
    }

    /// Its number type; none for that of all numbers.
    pub(crate) fn dtype(self) -> Option<FloatDType> {
        match self {
            Self::F32 => None,
            Self::Bf16 => Some(FloatDType::BF16),
            Self::F16 => Some(FloatDType::F16),
        }
    }

    /// As files name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        }
    }
}
