//! Frozen weights in half the bits.

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::tensor::{Device, FloatDType, Tensor};
use freezing_policy::{Group, Ledger, Policy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::error::TrainingError;
use crate::model::Model;

/// What frozen attention and feed-forward weights are kept in and multiplied with.
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

impl Precision {
    /// Whether nothing is said that `f32` would not say.
    pub fn is_full(&self) -> bool {
        *self == Self::F32
    }

    /// The model with the matrices that it multiplies with and never trains in this precision.
    ///
    /// # Errors
    /// [`TrainingError::Precision`] where `device`, on which the model is, has no such numbers.
    pub(crate) fn apply(
        self,
        model: Model,
        policy: &Policy,
        ledger: &Ledger,
        device: &Device,
    ) -> Result<Model, TrainingError> {
        let (dtype, precision) = match self {
            Self::F32 => return Ok(model),
            Self::Bf16 => (FloatDType::BF16, "bf16"),
            Self::F16 => (FloatDType::F16, "f16"),
        };
        let entries = ledger.entries().iter();
        let frozen = entries.filter(|entry| {
            let multiplied = matches!(entry.label.group, Group::Attention | Group::FeedForward);
            multiplied && !policy.trains(entry.label, ledger.layers())
        });
        let matrices: BTreeSet<ParamId> = frozen.map(|entry| entry.id).collect();
        if !matrices.is_empty() && !device.supports_dtype(dtype) {
            return Err(TrainingError::Precision(precision));
        }
        Ok(model.map(&mut Cast { matrices, dtype }))
    }
}

struct Cast {
    matrices: BTreeSet<ParamId>,
    dtype: FloatDType,
}

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Biases are added in 32 bits.
        match D == 2 && self.matrices.contains(&param.id) {
            true => param.map(|weight| weight.cast(self.dtype)),
            false => param,
        }
    }
}
