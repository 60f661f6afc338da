//! Frozen weights in half the bits.

use crate::error::TrainingError;
use crate::model::Model;
use crate::recipe::Precision;
use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::tensor::{Device, FloatDType, Tensor};
use freezing_policy::{Group, Ledger, Policy};
use std::collections::BTreeSet;

/// The model with the matrices that it multiplies with and never trains in a precision.
///
/// # Errors
/// [`TrainingError::Precision`] where `device`, on which the model is, has no such numbers.
pub(crate) fn lower(
    model: Model,
    precision: Precision,
    policy: &Policy,
    ledger: &Ledger,
    device: &Device,
) -> Result<Model, TrainingError> {
    let Some(dtype) = precision.dtype() else {
        return Ok(model);
    };
    if !device.supports_dtype(dtype) {
        return Err(TrainingError::Precision(precision.name()));
    }
    let entries = ledger.entries().iter();
    let frozen = entries.filter(|entry| {
        let multiplied = matches!(entry.label.group, Group::Attention | Group::FeedForward);
        multiplied && !policy.trains(entry.label, ledger.layers())
    });
    let matrices: BTreeSet<ParamId> = frozen.map(|entry| entry.id).collect();
    Ok(model.map(&mut Cast { matrices, dtype }))
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
