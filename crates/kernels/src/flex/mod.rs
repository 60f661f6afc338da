//! The fused operations on slices of 32-bit floats.
//!
//! Loops are written so that the compiler vectorises them; sums run over a fixed number of lanes
//! and multiply-adds are explicit, so results do not depend on the vector width found at run time.

pub(crate) mod adam;
pub(crate) mod attention;
pub(crate) mod buffer;
pub(crate) mod cross_entropy;
pub(crate) mod gelu;
mod lanes;
pub(crate) mod layer_norm;
pub(crate) mod linear;
mod math;
mod multiply;
mod packed;
mod panels;
mod product;
pub(crate) mod reach;
mod right;
pub(crate) mod rms_norm;
pub(crate) mod simd;
mod storage;
pub(crate) mod threads;
mod view;

pub(crate) use storage::{contiguous, from_vec, values, values_mut};
