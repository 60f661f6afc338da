//! The fused operations as kernels of a GPU, in cubecl's language: one source for CUDA, Vulkan,
//! Metal and WebGPU.
//!
//! Nothing here asks the device for an answer, so a step is queued without a wait. No sum depends
//! on which thread comes first: the same step gives the same numbers on the same device.

// What a kernel is compiled for is told from what it computes by branches of their own, and an array
// is written by index.
#![allow(clippy::assign_op_pattern, clippy::collapsible_if)]

mod attention;
mod attention_grads;
mod attention_tiles;
mod columns;
mod cross_entropy;
mod gelu;
mod launch;
mod linear;
mod mask;
mod multiply;
mod norms;
mod passes;
mod products;
mod rows;
mod updates;

pub(crate) use attention_tiles::fits as attention_fits;
