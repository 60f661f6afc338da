//! Dropout of elements, alone and on the way into a residual stream.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::composed;
use crate::extension::Fused;
use crate::fused::fused;
use crate::mask::Dropout;

/// Sets each element to zero with `dropout.probability` and scales the others to keep the mean.
pub fn dropout<const D: usize>(x: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    if !dropout.is_active() {
        x
    } else if fused(&x) {
        Tensor::from_dispatch(Dispatch::fused_dropout(x.into_dispatch(), dropout))
    } else {
        composed::dropout(x, dropout)
    }
}

/// `residual + dropout(x)` in one pass; without dropout, `residual + x`. Both have one shape.
pub fn add_dropout<const D: usize>(
    residual: Tensor<D>,
    x: Tensor<D>,
    dropout: Option<Dropout>,
) -> Tensor<D> {
    let Some(dropout) = dropout.filter(Dropout::is_active) else {
        return residual + x;
    };
    if fused(&x) {
        Tensor::from_dispatch(Dispatch::fused_add_dropout(
            residual.into_dispatch(),
            x.into_dispatch(),
            dropout,
        ))
    } else {
        residual + composed::dropout(x, dropout)
    }
}
