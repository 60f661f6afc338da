use crate::task::{Inputs, Readout, Shape};

/// Images of the published test sets.
pub(super) const TESTED: usize = 10_000;

/// The sizes of a ten-class image task.
pub(super) fn shape(side: usize, channels: usize, patch: usize) -> Shape {
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
pub(super) fn check_patch(patch: usize, side: usize) -> Result<(), String> {
    if patch > 0 && side.is_multiple_of(patch) {
        return Ok(());
    }
    Err(format!(
        "`patch` is {patch}, which does not divide the image's side, {side}"
    ))
}
