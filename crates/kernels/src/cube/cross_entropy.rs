//! Cross entropy of rows of logits, a row to some units, without a table of probabilities.

use burn::tensor::DType;
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{alike, buffer, elementwise, row};
use super::norms::by_rows;
use super::rows::{greatest, sum};

#[cube(launch_unchecked)]
fn forward_kernel(
    logits: &[f32],
    targets: &[i32],
    losses: &mut [f32],
    log_sums: &mut [f32],
    classes: usize,
) {
    let mut shared = Shared::new_slice(256usize);
    let row = CUBE_POS * 8 + UNIT_POS_Y as usize;
    let (lane, inside) = (UNIT_POS_X as usize, row < losses.len());
    let start = row * classes;

    let mut most = f32::new(-1e30);
    if inside {
        let mut class = lane;
        while class < classes {
            most = max(most, logits[start + class]);
            class += 32;
        }
    }
    let most = greatest(&mut shared, most);
    let mut total = 0.0f32;
    if inside {
        let mut class = lane;
        while class < classes {
            total += f32::exp(logits[start + class] - most);
            class += 32;
        }
    }
    let log_sum = most + f32::ln(sum(&mut shared, total));
    if inside && lane == 0 {
        log_sums[row] = log_sum;
        losses[row] = log_sum - logits[start + targets[row] as usize];
    }
}

#[cube(launch_unchecked)]
fn backward_kernel(
    logits: &[f32],
    targets: &[i32],
    log_sums: &[f32],
    grad: &[f32],
    output: &mut [f32],
    classes: usize,
) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let row = at / classes;
        let class = at - row * classes;
        let mut share = f32::exp(logits[at] - log_sums[row]);
        if class == targets[row] as usize {
            share -= 1.0f32;
        }
        output[at] = share * grad[row];
    }
}

/// Class indices as kernels read them. A target that is no class of a row reads some other number;
/// looking would be a wait.
fn indices(targets: &CubeTensor) -> CubeTensor {
    into_contiguous(cast(targets.clone(), DType::I32))
}

pub(super) fn forward(logits: &CubeTensor, targets: &CubeTensor) -> [CubeTensor; 2] {
    let [rows, classes] = logits.meta.shape().dims();
    let [losses, log_sums] = [rows, rows].map(|rows| row(logits, rows));
    let (count, dim) = by_rows(logits, classes);
    // Safety: units stay inside the rows; targets are classes.
    unsafe {
        forward_kernel::launch_unchecked(
            &logits.client,
            count,
            dim,
            buffer(logits),
            buffer(&indices(targets)),
            buffer(&losses),
            buffer(&log_sums),
            classes,
        );
    }
    [losses, log_sums]
}

pub(super) fn backward(
    logits: &CubeTensor,
    targets: &CubeTensor,
    log_sums: &CubeTensor,
    grad: &CubeTensor,
) -> CubeTensor {
    let output = alike(logits);
    let [_, classes] = logits.meta.shape().dims();
    let (count, dim) = elementwise(&output);
    // Safety: no unit reads or writes past the logits and their rows.
    unsafe {
        backward_kernel::launch_unchecked(
            &logits.client,
            count,
            dim,
            buffer(logits),
            buffer(&indices(targets)),
            buffer(log_sums),
            buffer(grad),
            buffer(&output),
            classes,
        );
    }
    output
}
