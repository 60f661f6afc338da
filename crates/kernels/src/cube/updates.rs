//! Adam and sums of squares.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{UNITS, alike, buffer, elementwise, row};
use crate::adam::AdamStep;

/// [`AdamStep`] for a kernel.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
struct Numbers {
    beta_1: f32,
    beta_2: f32,
    rate: f32,
    root: f32,
    epsilon: f32,
    decay: f32,
}

#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn adam_kernel(
    grad: &[f32],
    parameter: &[f32],
    first: &[f32],
    second: &[f32],
    new_parameter: &mut [f32],
    new_first: &mut [f32],
    new_second: &mut [f32],
    numbers: &Numbers,
) {
    let at = ABSOLUTE_POS;
    if at < grad.len() {
        let grad = grad[at];
        let first = numbers.beta_1 * first[at] + (1.0f32 - numbers.beta_1) * grad;
        let second = numbers.beta_2 * second[at] + (1.0f32 - numbers.beta_2) * (grad * grad);
        let root = f32::sqrt(second) * numbers.root + numbers.epsilon;
        new_parameter[at] = numbers.decay * parameter[at] - numbers.rate * first / root;
        new_first[at] = first;
        new_second[at] = second;
    }
}

pub(super) fn adam(
    step: AdamStep,
    grad: CubeTensor,
    [parameter, first, second]: [CubeTensor; 3],
) -> [CubeTensor; 3] {
    let outputs = [&parameter; 3].map(alike);
    let (count, dim) = elementwise(&parameter);
    let numbers = NumbersLaunch::new(
        step.beta_1,
        step.beta_2,
        step.rate,
        step.root,
        step.epsilon,
        step.decay,
    );
    // Safety: all tensors have one shape, and no unit goes past it.
    unsafe {
        adam_kernel::launch_unchecked(
            &parameter.client,
            count,
            dim,
            buffer(&grad),
            buffer(&parameter),
            buffer(&first),
            buffer(&second),
            buffer(&outputs[0]),
            buffer(&outputs[1]),
            buffer(&outputs[2]),
            numbers,
        );
    }
    outputs
}

/// Of each cube: the sum of its elements, or of their squares, and with one cube what was before.
#[cube(launch_unchecked)]
fn sums_kernel(
    x: &[f32],
    before: &[f32],
    sums: &mut [f32],
    #[comptime] squared: bool,
    #[comptime] last: bool,
) {
    let mut shared = Shared::new_slice(256usize);
    let unit = UNIT_POS as usize;
    let stride = sums.len() * 256;
    let mut total = 0.0f32;
    let mut at = CUBE_POS * 256 + unit;
    while at < x.len() {
        if squared {
            total += x[at] * x[at];
        } else {
            total += x[at];
        }
        at += stride;
    }
    shared[unit] = total;
    sync_cube();
    #[unroll]
    for step in 0..8u32 {
        let half = comptime!(128u32 >> step);
        if UNIT_POS < half {
            shared[unit] = shared[unit] + shared[unit + comptime!(half as usize)];
        }
        sync_cube();
    }
    if unit == 0 {
        if last {
            sums[CUBE_POS] = before[0] + shared[0];
        } else {
            sums[CUBE_POS] = shared[0];
        }
    }
}

fn sums(x: &CubeTensor, before: &CubeTensor, squared: bool, count: usize) -> CubeTensor {
    let sums = row(x, count);
    // Safety: units stay inside `x`; each cube writes its sum.
    unsafe {
        sums_kernel::launch_unchecked(
            &x.client,
            CubeCount::Static(count as u32, 1, 1),
            CubeDim::new_1d(UNITS),
            buffer(x),
            buffer(before),
            buffer(&sums),
            squared,
            count == 1,
        );
    }
    sums
}

/// `total + Σ x²`: one cube where that is soon done, else many and one for their sums.
pub(super) fn square_sum(total: &CubeTensor, x: &CubeTensor) -> CubeTensor {
    const OF_ONE: usize = 1 << 14;
    const MOST: usize = 1 << 10;
    match x.meta.num_elements().div_ceil(OF_ONE) {
        0 | 1 => sums(x, total, true, 1),
        cubes => sums(&sums(x, total, true, cubes.min(MOST)), total, false, 1),
    }
}
