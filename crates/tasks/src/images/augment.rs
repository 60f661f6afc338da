//! What the official code changes on training images of CIFAR-10: a crop of 32 × 32 after padding by
//! 4, a flip from left to right, a turn by up to 20 degrees.
//!
//! Equal to torchvision's transforms on tensors, whose turn takes the nearest pixel: each pixel that
//! comes out is one of the image's, or zero. So it is done on bytes, before they become numbers.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const SIDE: usize = 32;
const PADDING: usize = 4;
const DEGREES: f32 = 20.0;
const CHANNELS: usize = 3;

/// What is drawn for one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Augment {
    /// Where the crop starts in the padded image, from 0 to 8.
    pub top: usize,
    pub left: usize,
    pub flip: bool,
    /// Against the clock.
    pub degrees: f32,
}

impl Augment {
    pub fn draw(chance: &mut ChaCha8Rng) -> Self {
        Self {
            top: chance.random_range(0..=2 * PADDING),
            left: chance.random_range(0..=2 * PADDING),
            flip: chance.random(),
            degrees: DEGREES * (2.0 * chance.random::<f32>() - 1.0),
        }
    }

    /// Appends the changed image, both in the order (row, column, channel).
    pub fn apply(self, pixels: &[u8], changed: &mut Vec<u8>) {
        let turn = Turn::new(self.degrees);
        for row in 0..SIDE {
            for column in 0..SIDE {
                let before = turn.before(row, column);
                let before = before.and_then(|(row, column)| self.cropped(row, column));
                match before {
                    Some(pixel) => {
                        changed.extend_from_slice(&pixels[CHANNELS * pixel..][..CHANNELS]);
                    }
                    None => changed.extend([0; CHANNELS]),
                }
            }
        }
    }

    /// The pixel of the image that is here after crop and flip; none in the padding.
    fn cropped(self, row: usize, column: usize) -> Option<usize> {
        let column = if self.flip { SIDE - 1 - column } else { column };
        let row = (row + self.top).checked_sub(PADDING)?;
        let column = (column + self.left).checked_sub(PADDING)?;
        (row < SIDE && column < SIDE).then_some(row * SIDE + column)
    }
}

/// A turn about the middle, in the numbers and the order in which torchvision computes it.
struct Turn {
    cosine: f32,
    sine: f32,
}

impl Turn {
    fn new(degrees: f32) -> Self {
        let angle = -f64::from(degrees).to_radians();
        // The grid is made for sizes from -1 to 1.
        let half = SIDE as f32 / 2.0;
        Self {
            cosine: angle.cos() as f32 / half,
            sine: angle.sin() as f32 / half,
        }
    }

    /// Where this pixel was before.
    fn before(&self, row: usize, column: usize) -> Option<(usize, usize)> {
        let middle = (SIDE as f32 - 1.0) / 2.0;
        let (x, y) = (column as f32 - middle, row as f32 - middle);
        // One rounding for product and sum: a pixel in ten million lands elsewhere with two.
        let across = y.mul_add(self.sine, x * self.cosine);
        let down = y.mul_add(self.cosine, x * -self.sine);
        Some((nearest(down)?, nearest(across)?))
    }
}

/// The pixel at a coordinate from -1 to 1; halves go to the even one.
fn nearest(coordinate: f32) -> Option<usize> {
    let half = SIDE as f32 / 2.0;
    let pixel = ((coordinate + 1.0) * half - 0.5).round_ties_even();
    (0.0..SIDE as f32)
        .contains(&pixel)
        .then_some(pixel as usize)
}
