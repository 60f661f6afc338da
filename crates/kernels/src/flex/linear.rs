//! Dense layers of one input side by side, and their gradients.

use burn_flex::FlexTensor;

use super::buffer::{self, Loan};
use super::multiply::{Start, multiply};
use super::packed::{Side, packed};
use super::panels::Panels;
use super::right::Right;
use super::storage::values;
use super::view::View;
use crate::form::Columns;

/// `x weight + bias` into the layer's columns of `output`.
pub(crate) fn forward(
    x: &[f32],
    weight: &FlexTensor,
    bias: Option<&[f32]>,
    layer: Columns,
    frozen: bool,
    output: &mut [f32],
) {
    let Columns {
        inputs,
        outputs,
        first,
        stride,
    } = layer;
    let rows = output.len() / stride.max(1);
    let start = bias.map_or(Start::Zero, Start::Row);
    let packed = packed(weight, Side::Forward, frozen);
    let right = match &packed {
        Some(panels) => Right::Packed(panels),
        None => Right::Rows {
            values: values(weight),
            columns: outputs,
        },
    };
    let sizes = [rows, inputs, outputs];
    multiply(
        View::rows(x, inputs),
        right,
        sizes,
        start,
        &mut output[first..],
        stride,
    );
}

/// `x_grad = grad weightᵀ`, added to what is there after the first layer.
pub(crate) fn input_grad(
    grad: &[f32],
    weight: &FlexTensor,
    layer: Columns,
    frozen: bool,
    add: bool,
    x_grad: &mut [f32],
) {
    let Columns {
        inputs,
        outputs,
        first,
        stride,
    } = layer;
    let rows = x_grad.len() / inputs.max(1);
    let start = if add { Start::Output } else { Start::Zero };
    let grad = View::rows(&grad[first..], stride);
    let sizes = [rows, outputs, inputs];
    let packed = packed(weight, Side::Backward, frozen);
    let panels;
    let right = match &packed {
        Some(panels) => Right::Packed(panels),
        None => {
            let view = View::rows(values(weight), outputs).transposed();
            panels = Panels::pack(view, [outputs, inputs]);
            Right::Packed(&panels)
        }
    };
    multiply(grad, right, sizes, start, x_grad, inputs);
}

/// `xᵀ grad`, the gradient of the weight.
pub(crate) fn weight_grad(x: &[f32], grad: &[f32], layer: Columns) -> Vec<f32> {
    let Columns {
        inputs,
        outputs,
        stride,
        ..
    } = layer;
    let rows = grad.len() / stride.max(1);
    let mut output = buffer::take(inputs * outputs);
    let x = View::rows(x, inputs).transposed();
    let own: Loan;
    let columns: &[f32] = if outputs == stride {
        grad
    } else {
        own = copy_columns(grad, layer);
        &own
    };
    let right = Right::Rows {
        values: columns,
        columns: outputs,
    };
    let sizes = [inputs, rows, outputs];
    multiply(x, right, sizes, Start::Zero, &mut output, outputs);
    output
}

fn copy_columns(grad: &[f32], layer: Columns) -> Loan {
    let rows = grad.chunks_exact(layer.stride.max(1));
    let mut columns = Loan::of(rows.len() * layer.outputs);
    for (to, row) in columns.chunks_exact_mut(layer.outputs.max(1)).zip(rows) {
        to.copy_from_slice(&row[layer.first..][..layer.outputs]);
    }
    columns
}

/// The sum of the rows of the layer's columns, the gradient of the bias.
pub(crate) fn bias_grad(grad: &[f32], layer: Columns) -> Vec<f32> {
    let mut output = buffer::zeros(layer.outputs);
    for row in grad.chunks_exact(layer.stride.max(1)) {
        for (total, value) in output.iter_mut().zip(&row[layer.first..][..layer.outputs]) {
            *total += value;
        }
    }
    output
}
