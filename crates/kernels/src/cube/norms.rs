//! Layer and RMS norm: a row to [`LANES`] units.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{alike, buffer, cubes, row};
use super::rows::{LANES, ROWS, sum};

#[cube(launch_unchecked)]
fn layer_norm_kernel(
    x: &[f32],
    gain: &[f32],
    bias: &[f32],
    output: &mut [f32],
    moments: &mut [f32],
    epsilon: f32,
) {
    let mut shared = Shared::new_slice(256usize);
    let width = gain.len();
    let row = CUBE_POS * 8 + UNIT_POS_Y as usize;
    let (lane, inside) = (UNIT_POS_X as usize, row * width < x.len());
    let (start, scale) = (row * width, 1.0f32 / width as f32);

    let mut total = 0.0f32;
    if inside {
        let mut column = lane;
        while column < width {
            total += x[start + column];
            column += 32;
        }
    }
    let mean = sum(&mut shared, total) * scale;
    let mut square = 0.0f32;
    if inside {
        let mut column = lane;
        while column < width {
            let centred = x[start + column] - mean;
            square += centred * centred;
            column += 32;
        }
    }
    let root = 1.0f32 / f32::sqrt(sum(&mut shared, square) * scale + epsilon);
    if inside {
        let mut column = lane;
        while column < width {
            let normalised = (x[start + column] - mean) * root;
            output[start + column] = normalised * gain[column] + bias[column];
            column += 32;
        }
        if lane == 0 {
            moments[2 * row] = mean;
            moments[2 * row + 1] = root;
        }
    }
}

#[cube(launch_unchecked)]
fn layer_norm_grad_kernel(
    x: &[f32],
    gain: &[f32],
    moments: &[f32],
    grad: &[f32],
    output: &mut [f32],
) {
    let mut shared = Shared::new_slice(256usize);
    let width = gain.len();
    let row = CUBE_POS * 8 + UNIT_POS_Y as usize;
    let (lane, inside) = (UNIT_POS_X as usize, row * width < x.len());
    let (start, scale) = (row * width, 1.0f32 / width as f32);

    let mut mean = 0.0f32;
    let mut root = 0.0f32;
    let mut of_grad = 0.0f32;
    let mut of_both = 0.0f32;
    if inside {
        mean = moments[2 * row];
        root = moments[2 * row + 1];
        let mut column = lane;
        while column < width {
            let scaled = grad[start + column] * gain[column];
            of_grad += scaled;
            of_both += scaled * ((x[start + column] - mean) * root);
            column += 32;
        }
    }
    let of_grad = sum(&mut shared, of_grad) * scale;
    let of_both = sum(&mut shared, of_both) * scale;
    if inside {
        let mut column = lane;
        while column < width {
            let scaled = grad[start + column] * gain[column];
            let normalised = (x[start + column] - mean) * root;
            output[start + column] = root * (scaled - of_grad - normalised * of_both);
            column += 32;
        }
    }
}

#[cube(launch_unchecked)]
fn rms_norm_kernel(x: &[f32], gain: &[f32], output: &mut [f32], scales: &mut [f32], epsilon: f32) {
    let mut shared = Shared::new_slice(256usize);
    let width = gain.len();
    let row = CUBE_POS * 8 + UNIT_POS_Y as usize;
    let (lane, inside) = (UNIT_POS_X as usize, row * width < x.len());
    let start = row * width;

    let mut square = 0.0f32;
    if inside {
        let mut column = lane;
        while column < width {
            square += x[start + column] * x[start + column];
            column += 32;
        }
    }
    let root = 1.0f32 / f32::sqrt(sum(&mut shared, square) / width as f32 + epsilon);
    if inside {
        let mut column = lane;
        while column < width {
            output[start + column] = x[start + column] * root * gain[column];
            column += 32;
        }
        if lane == 0 {
            scales[row] = root;
        }
    }
}

#[cube(launch_unchecked)]
fn rms_norm_grad_kernel(x: &[f32], gain: &[f32], scales: &[f32], grad: &[f32], output: &mut [f32]) {
    let mut shared = Shared::new_slice(256usize);
    let width = gain.len();
    let row = CUBE_POS * 8 + UNIT_POS_Y as usize;
    let (lane, inside) = (UNIT_POS_X as usize, row * width < x.len());
    let start = row * width;

    let mut root = 0.0f32;
    let mut of_both = 0.0f32;
    if inside {
        root = scales[row];
        let mut column = lane;
        while column < width {
            of_both += grad[start + column] * gain[column] * (x[start + column] * root);
            column += 32;
        }
    }
    let of_both = sum(&mut shared, of_both) / width as f32;
    if inside {
        let mut column = lane;
        while column < width {
            let scaled = grad[start + column] * gain[column];
            output[start + column] = root * (scaled - x[start + column] * root * of_both);
            column += 32;
        }
    }
}

/// Cubes and their units, a row to each [`LANES`].
pub(super) fn by_rows(x: &CubeTensor, width: usize) -> (CubeCount, CubeDim) {
    let rows = x.meta.num_elements() / width.max(1);
    (
        cubes(rows.div_ceil(ROWS as usize)),
        CubeDim::new_2d(LANES, ROWS),
    )
}

// Safety of what follows: a unit works on rows that `x` has, and the other tensors have as many
// rows or, with one, as many columns; shapes were looked at before.

pub(super) fn layer_norm(
    x: &CubeTensor,
    gain: &CubeTensor,
    bias: &CubeTensor,
    epsilon: f32,
) -> [CubeTensor; 2] {
    let width = gain.meta.num_elements();
    let output = alike(x);
    let moments = row(x, x.meta.num_elements() / width * 2);
    let (count, dim) = by_rows(x, width);
    unsafe {
        layer_norm_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(gain),
            buffer(bias),
            buffer(&output),
            buffer(&moments),
            epsilon,
        );
    }
    [output, moments]
}

pub(super) fn layer_norm_grad(
    x: &CubeTensor,
    gain: &CubeTensor,
    moments: &CubeTensor,
    grad: &CubeTensor,
) -> CubeTensor {
    let output = alike(x);
    let (count, dim) = by_rows(x, gain.meta.num_elements());
    unsafe {
        layer_norm_grad_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(gain),
            buffer(moments),
            buffer(grad),
            buffer(&output),
        );
    }
    output
}

pub(super) fn rms_norm(x: &CubeTensor, gain: &CubeTensor, epsilon: f32) -> [CubeTensor; 2] {
    let width = gain.meta.num_elements();
    let output = alike(x);
    let scales = row(x, x.meta.num_elements() / width);
    let (count, dim) = by_rows(x, width);
    unsafe {
        rms_norm_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(gain),
            buffer(&output),
            buffer(&scales),
            epsilon,
        );
    }
    [output, scales]
}

pub(super) fn rms_norm_grad(
    x: &CubeTensor,
    gain: &CubeTensor,
    scales: &CubeTensor,
    grad: &CubeTensor,
) -> CubeTensor {
    let output = alike(x);
    let (count, dim) = by_rows(x, gain.meta.num_elements());
    unsafe {
        rms_norm_grad_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(gain),
            buffer(scales),
            buffer(grad),
            buffer(&output),
        );
    }
    output
}
