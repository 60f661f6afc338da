//! Images in patches: MNIST, and CIFAR-10 in colour and in grey.
//!
//! A [`set::Set`] is found in one of the [`source::Layout`]s that it is published in, decoded once
//! by the reader of that layout and kept in the cache; [`opened::Opened`] makes batches of it.

mod archive;
mod augment;
mod binary;
mod cifar10;
mod cifar10_lra;
mod floors;
mod idx;
mod mnist;
mod opened;
mod parquet;
mod patches;
mod python;
mod set;
mod sheets;
mod source;

#[cfg(test)]
mod tests;

pub(crate) use cifar10::{CIFAR10_LAYOUTS, CIFAR10_SET, Cifar10};
pub(crate) use cifar10_lra::Cifar10Lra;
pub(crate) use mnist::{MNIST_LAYOUTS, MNIST_SET, Mnist};
pub(crate) use sheets::FILES as CIFAR10_SHEETS;

use crate::task::{Inputs, Readout, Shape};

/// The sizes of a ten-class image task.
fn shape(side: usize, channels: usize, patch: usize) -> Shape {
    Shape {
        tokens: (side / patch).pow(2),
        inputs: Inputs::Features {
            width: patch * patch * channels,
        },
        readout: Readout {
            positions: 1,
            predictions: 1,
            classes: 10,
        },
    }
}

/// Why images of this side cannot be cut so.
fn check_patch(patch: usize, side: usize) -> Result<(), String> {
    if patch > 0 && side.is_multiple_of(patch) {
        return Ok(());
    }
    Err(format!(
        "`patch` is {patch}, which does not divide the image's side, {side}"
    ))
}
