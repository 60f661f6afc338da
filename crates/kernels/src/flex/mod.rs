//! The fused operations on slices of 32-bit floats.
//!
//! Loops are written so that the compiler vectorises them; sums run over a fixed number of lanes
//! and multiply-adds are explicit, so results do not depend on the vector width found at run time.

mod adam;
mod attention;
mod buffer;
mod cross_entropy;
mod gelu;
mod lanes;
mod layer_norm;
mod linear;
pub(crate) mod lstm;
mod math;
mod mean;
mod multiply;
mod packed;
mod panels;
mod passes;
mod product;
mod reach;
mod right;
mod rms_norm;
pub(crate) mod simd;
pub(crate) mod storage;
pub(crate) mod threads;
mod view;
