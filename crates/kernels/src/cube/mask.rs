//! Dropout on the device: the elements that [`Mask`] drops, without a mask in memory.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::launch::{alike, buffer, elementwise};
use crate::mask::{Dropout, Mask};

/// [`Mask`] for a kernel.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Drops {
    keys_0: u32,
    keys_1: u32,
    threshold: u32,
    scale: f32,
}

/// The arguments of a mask; without dropout, of one that drops nothing.
pub(super) fn drops(dropout: Option<Dropout>) -> DropsLaunch {
    let mask = Mask::new(dropout.unwrap_or(Dropout {
        probability: 0.0,
        key: 0,
    }));
    let ([first, second], threshold, scale) = mask.parts();
    DropsLaunch::new(first, second, threshold, scale)
}

/// [`Mask::factor`], the same operations on the same bits.
#[cube]
pub(super) fn factor(drops: &Drops, index: u32) -> f32 {
    let mut bits = index ^ drops.keys_0;
    bits = (bits ^ (bits >> 16u32)) * 0x7feb_352du32;
    bits = ((bits ^ (bits >> 15u32)) + drops.keys_1) * 0x846c_a68bu32;
    bits ^= bits >> 16u32;
    select(bits >= drops.threshold, drops.scale, 0.0f32)
}

#[cube(launch_unchecked)]
fn dropped_kernel(x: &[f32], output: &mut [f32], drops: &Drops) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        output[at] = x[at] * factor(drops, at as u32);
    }
}

#[cube(launch_unchecked)]
fn add_dropped_kernel(residual: &[f32], x: &[f32], output: &mut [f32], drops: &Drops) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        output[at] = residual[at] + x[at] * factor(drops, at as u32);
    }
}

pub(super) fn dropped(x: CubeTensor, dropout: Dropout) -> CubeTensor {
    let output = alike(&x);
    let (count, dim) = elementwise(&output);
    // Safety: no unit reads or writes past the elements, which both sides have as many of.
    unsafe {
        dropped_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(&x),
            buffer(&output),
            drops(Some(dropout)),
        );
    }
    output
}

pub(super) fn add_dropped(residual: CubeTensor, x: CubeTensor, dropout: Dropout) -> CubeTensor {
    let output = alike(&x);
    let (count, dim) = elementwise(&output);
    // Safety: as above; the shapes of both sides were compared.
    unsafe {
        add_dropped_kernel::launch_unchecked(
            &x.client,
            count,
            dim,
            buffer(&residual),
            buffer(&x),
            buffer(&output),
            drops(Some(dropout)),
        );
    }
    output
}
