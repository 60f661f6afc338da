//! The mean of a row of losses. They are recorded, so its order of additions is fixed: that of
//! burn-flex on AVX-512, which the first results came from.

use super::lanes::{LANES, fold};

/// Vectors that are added up side by side.
const BESIDE: usize = 8;

pub(crate) fn mean(x: &[f32]) -> f32 {
    sum(x) / x.len() as f32
}

fn sum(x: &[f32]) -> f32 {
    let mut totals = [[0f32; LANES]; BESIDE];
    let (vectors, tail) = x.as_chunks::<LANES>();
    let (blocks, rest) = vectors.as_chunks::<BESIDE>();
    for block in blocks {
        for (total, vector) in totals.iter_mut().zip(block) {
            add(total, vector);
        }
    }
    let mut step = 1;
    while step < BESIDE {
        for first in (0..BESIDE).step_by(2 * step) {
            let other = totals[first + step];
            add(&mut totals[first], &other);
        }
        step *= 2;
    }
    let [mut total, ..] = totals;
    for vector in rest {
        add(&mut total, vector);
    }
    fold(total, |a, b| a + b) + tail.iter().sum::<f32>()
}

fn add(total: &mut [f32; LANES], vector: &[f32; LANES]) {
    for (total, value) in total.iter_mut().zip(vector) {
        *total += value;
    }
}
