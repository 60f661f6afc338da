//! Dense layers of one input side by side, and their gradients.

use burn::tensor::DType;
use burn_cubecl::kernel::cast;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{buffer, elementwise, empty};
use super::products::{matrix, product, transposed};
use crate::form::Columns;

/// Three matrices of as many rows side by side.
#[cube(launch_unchecked)]
fn side_by_side_kernel<F: Float>(
    a: &[F],
    b: &[F],
    c: &[F],
    output: &mut [F],
    width_a: usize,
    width_b: usize,
    width_c: usize,
    #[define(F)] _dtype: ElemType,
) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let width = width_a + width_b + width_c;
        let row = at / width;
        let column = at - row * width;
        if column < width_a {
            output[at] = a[row * width_a + column];
        } else if column < width_a + width_b {
            output[at] = b[row * width_b + column - width_a];
        } else {
            output[at] = c[row * width_c + column - width_a - width_b];
        }
    }
}

#[cube(launch_unchecked)]
fn columns_kernel(x: &[f32], output: &mut [f32], width: usize, first: usize, stride: usize) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let row = at / width;
        output[at] = x[row * stride + first + at - row * width];
    }
}

/// One matrix or row, or three side by side.
fn joined(parts: &[CubeTensor]) -> CubeTensor {
    let [a, b, c] = match parts {
        [alone] => return alone.clone(),
        [a, b, c] => [a, b, c],
        _ => unreachable!("layers come alone or in threes"),
    };
    let mut shape = a.meta.shape.clone();
    let last = shape.num_dims() - 1;
    let widths = [a, b, c].map(|part| part.meta.shape()[last]);
    shape[last] = widths.iter().sum();
    let output = empty(a, shape, a.dtype);
    let (count, dim) = elementwise(&output);
    let [width_a, width_b, width_c] = widths;
    // Safety: each element of the output is one of a part with as many rows.
    unsafe {
        side_by_side_kernel::launch_unchecked(
            &a.client,
            count,
            dim,
            buffer(a),
            buffer(b),
            buffer(c),
            buffer(&output),
            width_a,
            width_b,
            width_c,
            burn::backend::cubecl::dtype_to_storage_type(a.dtype),
        );
    }
    output
}

fn with_last(tensor: CubeTensor, like: &CubeTensor) -> CubeTensor {
    let mut shape = like.meta.shape.clone();
    let last = shape.num_dims() - 1;
    shape[last] = tensor.meta.shape()[1];
    let CubeTensor {
        client,
        device,
        handle,
        dtype,
        ..
    } = tensor;
    CubeTensor::new_contiguous(client, device, shape, handle, dtype)
}

pub(super) fn forward(x: &CubeTensor, weights: &[CubeTensor], biases: &[CubeTensor]) -> CubeTensor {
    let weight = joined(weights);
    let bias = (!biases.is_empty()).then(|| joined(biases));
    let output = product(&cast(matrix(x), weight.dtype), &weight, bias.as_ref());
    with_last(output, x)
}

pub(super) fn input_grad(grad: &CubeTensor, weights: &[CubeTensor]) -> CubeTensor {
    let weight = joined(weights);
    let grads = cast(matrix(grad), weight.dtype);
    with_last(product(&grads, &transposed(&weight), None), grad)
}

pub(super) fn weight_grad(x: &CubeTensor, grad: &CubeTensor, layer: Columns) -> CubeTensor {
    let grad = columns(&matrix(grad), layer);
    product(&transposed(&matrix(x)), &grad, None)
}

/// The layer's columns.
fn columns(grad: &CubeTensor, layer: Columns) -> CubeTensor {
    if layer.outputs == layer.stride {
        return grad.clone();
    }
    let rows = grad.meta.shape()[0];
    let output = empty(grad, [rows, layer.outputs], DType::F32);
    let (count, dim) = elementwise(&output);
    // Safety: the layer's columns lie inside each row.
    unsafe {
        columns_kernel::launch_unchecked(
            &grad.client,
            count,
            dim,
            buffer(grad),
            buffer(&output),
            layer.outputs,
            layer.first,
            layer.stride,
        );
    }
    output
}
