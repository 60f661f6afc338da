//! What images are decoded into, and what their readers check.

use crate::error::Mismatch;

/// Images of one size, pixels in the order (row, column, channel), and their labels.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Decoded {
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
}

impl Decoded {
    pub(super) fn append(&mut self, other: Self) {
        self.pixels.extend(other.pixels);
        self.labels.extend(other.labels);
    }
}

/// Sizes of a data set.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub side: usize,
    pub channels: usize,
    /// Training and test images.
    pub counts: [usize; 2],
}

impl Sizes {
    /// Numbers of an image.
    pub const fn image(self) -> usize {
        self.side * self.side * self.channels
    }
}

/// A label, which has to be below 10.
pub(super) fn label(number: i64, index: usize) -> Result<u8, Mismatch> {
    let label = u8::try_from(number).ok().filter(|label| *label < 10);
    label.ok_or_else(|| Mismatch::new("labels from 0 to 9", format!("{number} at image {index}")))
}

/// As many of something as there have to be.
pub(super) fn counted(what: &str, expected: usize, found: usize) -> Result<(), Mismatch> {
    if expected == found {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("{expected} {what}"),
        found.to_string(),
    ))
}
