//! Sums over columns, in two passes: chunks of rows first, then the chunks.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{UNITS, buffer, row};
use crate::form::Columns;

/// Rows of a chunk.
const CHUNK: usize = 64;
/// Columns of a cube, and units that share each.
const SIDE: [u32; 2] = [32, 8];

/// Adds up what the units of a column have; the first of them gets the sum.
#[cube]
fn down(shared: &mut Shared<[f32]>, value: f32) -> f32 {
    let at = UNIT_POS as usize;
    sync_cube();
    shared[at] = value;
    sync_cube();
    #[unroll]
    for step in 0..3u32 {
        let half = comptime!(4u32 >> step);
        if UNIT_POS_Y < half {
            shared[at] = shared[at] + shared[at + comptime!(32 * half as usize)];
        }
        sync_cube();
    }
    shared[UNIT_POS_X as usize]
}

/// Of each chunk: `Σ grad (x - mean) root` and `Σ grad`; without a mean, the first alone.
#[cube(launch_unchecked)]
fn norm_chunks_kernel(
    x: &[f32],
    moments: &[f32],
    grad: &[f32],
    gains: &mut [f32],
    biases: &mut [f32],
    width: usize,
    #[comptime] centred: bool,
) {
    let mut shared = Shared::new_slice(256usize);
    let column = (CUBE_POS_X * 32 + UNIT_POS_X) as usize;
    let first = CUBE_POS_Y as usize * 64;
    let end = min(first + 64, x.len() / width);
    let mut gain = 0.0f32;
    let mut bias = 0.0f32;
    if column < width {
        let mut row = first + UNIT_POS_Y as usize;
        while row < end {
            let grad = grad[row * width + column];
            let x = x[row * width + column];
            if centred {
                gain += grad * ((x - moments[2 * row]) * moments[2 * row + 1]);
                bias += grad;
            } else {
                gain += grad * (x * moments[row]);
            }
            row += 8;
        }
    }
    let gain = down(&mut shared, gain);
    if UNIT_POS_Y == 0 && column < width {
        gains[CUBE_POS_Y as usize * width + column] = gain;
    }
    if centred {
        let bias = down(&mut shared, bias);
        if UNIT_POS_Y == 0 && column < width {
            biases[CUBE_POS_Y as usize * width + column] = bias;
        }
    }
}

/// Of each chunk: the sum of columns `from..from + width` of rows `stride` wide.
#[cube(launch_unchecked)]
fn chunks_kernel(x: &[f32], sums: &mut [f32], width: usize, from: usize, stride: usize) {
    let mut shared = Shared::new_slice(256usize);
    let column = (CUBE_POS_X * 32 + UNIT_POS_X) as usize;
    let first = CUBE_POS_Y as usize * 64;
    let end = min(first + 64, x.len() / stride);
    let mut total = 0.0f32;
    if column < width {
        let mut row = first + UNIT_POS_Y as usize;
        while row < end {
            total += x[row * stride + from + column];
            row += 8;
        }
    }
    let total = down(&mut shared, total);
    if UNIT_POS_Y == 0 && column < width {
        sums[CUBE_POS_Y as usize * width + column] = total;
    }
}

/// The sums over chunks, of one table or of two.
#[cube(launch_unchecked)]
fn finish_kernel(
    first: &[f32],
    second: &[f32],
    first_sums: &mut [f32],
    second_sums: &mut [f32],
    #[comptime] both: bool,
) {
    let width = first_sums.len();
    let column = ABSOLUTE_POS;
    if column < width {
        let mut total = 0.0f32;
        let mut other = 0.0f32;
        let mut at = column;
        while at < first.len() {
            total += first[at];
            if both {
                other += second[at];
            }
            at += width;
        }
        first_sums[column] = total;
        if both {
            second_sums[column] = other;
        }
    }
}

/// The sum over chunks `[chunks, width]` of a table, and of another where there is one.
fn finish(chunks: &CubeTensor, other: Option<&CubeTensor>, width: usize) -> [CubeTensor; 2] {
    let both = other.is_some();
    let sums = [width, if both { width } else { 1 }].map(|width| row(chunks, width));
    let count = CubeCount::Static((width as u32).div_ceil(UNITS), 1, 1);
    // Safety: a unit reads its column of each chunk and writes its sum.
    unsafe {
        finish_kernel::launch_unchecked(
            &chunks.client,
            count,
            CubeDim::new_1d(UNITS),
            buffer(chunks),
            buffer(other.unwrap_or(chunks)),
            buffer(&sums[0]),
            buffer(&sums[1]),
            both,
        );
    }
    sums
}

fn grid(chunks: usize, width: usize) -> (CubeCount, CubeDim) {
    let [columns, units] = SIDE;
    let across = (width as u32).div_ceil(columns);
    (
        CubeCount::Static(across, chunks as u32, 1),
        CubeDim::new_2d(columns, units),
    )
}

/// `Σ grad (x - mean) root` over rows and, where rows are `centred`, `Σ grad`.
fn norm(x: &CubeTensor, moments: &CubeTensor, grad: &CubeTensor, centred: bool) -> [CubeTensor; 2] {
    let width = *x.meta.shape().last().unwrap_or(&1);
    let chunks = (x.meta.num_elements() / width.max(1))
        .div_ceil(CHUNK)
        .max(1);
    let gains = row(x, chunks * width);
    let biases = row(x, if centred { chunks * width } else { 1 });
    let (count, dim) = grid(chunks, width);
    // Safety: units stay inside the rows of `x` and its columns.
    unsafe {
        norm_chunks_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(moments),
            buffer(grad),
            buffer(&gains),
            buffer(&biases),
            width,
            centred,
        );
    }
    finish(&gains, centred.then_some(&biases), width)
}

/// The gradients of a layer norm's gain and bias.
pub(super) fn layer_norm(
    x: &CubeTensor,
    moments: &CubeTensor,
    grad: &CubeTensor,
) -> [CubeTensor; 2] {
    norm(x, moments, grad, true)
}

/// The gradient of an RMS norm's gain.
pub(super) fn rms_norm(x: &CubeTensor, scales: &CubeTensor, grad: &CubeTensor) -> CubeTensor {
    let [gain, _] = norm(x, scales, grad, false);
    gain
}

/// The sum of a layer's columns over the rows.
pub(super) fn of_layer(x: &CubeTensor, layer: Columns) -> CubeTensor {
    let chunks = (x.meta.num_elements() / layer.stride.max(1))
        .div_ceil(CHUNK)
        .max(1);
    let sums = row(x, chunks * layer.outputs);
    let (count, dim) = grid(chunks, layer.outputs);
    // Safety: units stay inside the rows of `x` and the layer's columns.
    unsafe {
        chunks_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(x),
            buffer(&sums),
            layer.outputs,
            layer.first,
            layer.stride,
        );
    }
    let [sums, _] = finish(&sums, None, layer.outputs);
    sums
}
