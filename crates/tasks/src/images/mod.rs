//! Images in patches: MNIST and CIFAR-10.

mod cifar10;
mod idx;
mod mnist;
mod patches;

pub(crate) use cifar10::{Cifar10, FILES as CIFAR10_FILES, RECORD as CIFAR10_RECORD};
pub(crate) use mnist::{FILES as MNIST_FILES, Mnist};

use crate::order::EpochOrder;
use crate::task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Stored, Task, View};
use patches::Patches;
use std::ops::Range;

/// Images of one size with their labels, pixels as stored: (row, column, channel).
pub(crate) struct Images {
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
}

/// The last training images are validated on. The `fair` form holds them out; the `paper` form trains
/// on them as well, as the official code trained on all, and its curve shows seen images. (The
/// official code's curve showed the test set.)
const HELD_OUT: usize = 5000;

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

/// An opened image task.
struct Opened {
    shape: Shape,
    patches: Patches,
    train: Images,
    test: Images,
    /// Training images that are trained on: all, or the first ones.
    trained: usize,
    order: EpochOrder,
    checksum: String,
}

impl Opened {
    fn new(shape: Shape, patches: Patches, train: Images, test: Images, form: Form) -> Self {
        let mut checksum = blake3::Hasher::new();
        for bytes in [&train.pixels, &train.labels, &test.pixels, &test.labels] {
            checksum.update(bytes);
        }
        let trained = match form {
            Form::Paper => train.labels.len(),
            Form::Fair => train.labels.len() - HELD_OUT,
        };
        let order = EpochOrder::new(trained);
        let checksum = checksum.finalize().to_hex().to_string();
        Self {
            shape,
            patches,
            train,
            test,
            trained,
            order,
            checksum,
        }
    }

    fn batch_of(&self, images: &Images, indices: impl ExactSizeIterator<Item = usize>) -> Batch {
        let mut batch = Batch::with_room(self.shape, indices.len());
        let size = self.patches.len();
        for index in indices {
            let pixels = &images.pixels[index * size..(index + 1) * size];
            self.patches.cut(pixels, &mut batch.features);
            batch.targets.push(u32::from(images.labels[index]));
            batch.size += 1;
        }
        batch
    }
}

impl Task for Opened {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        self.gather(&self.indices(seed, step, size))
    }

    fn len(&self, split: Split) -> usize {
        match split {
            Split::Validation => HELD_OUT,
            Split::Test(_) => self.test.labels.len(),
        }
    }

    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        match split {
            Split::Validation => {
                let first = self.train.labels.len() - HELD_OUT;
                self.batch_of(&self.train, first + range.start..first + range.end)
            }
            Split::Test(_) => self.batch_of(&self.test, range),
        }
    }

    fn floors(&self, _: usize) -> Vec<Floor> {
        let mut counts = [0_usize; 256];
        self.train.labels[..self.trained]
            .iter()
            .for_each(|label| counts[*label as usize] += 1);
        let most = (0..=255_u8)
            .max_by_key(|label| counts[*label as usize])
            .unwrap_or(0);
        let right = self
            .test
            .labels
            .iter()
            .filter(|label| **label == most)
            .count();
        let accuracy = right as f64 / self.test.labels.len() as f64;
        vec![Floor {
            strategy: "majority class".to_owned(),
            accuracy,
        }]
    }

    fn view(&self) -> View {
        self.patches.view()
    }

    fn data_checksum(&self) -> Option<String> {
        Some(self.checksum.clone())
    }

    fn stored(&self) -> Option<&dyn Stored> {
        Some(self)
    }
}

impl Stored for Opened {
    fn count(&self) -> usize {
        self.trained
    }

    fn indices(&self, seed: u64, step: u64, size: usize) -> Vec<usize> {
        self.order.batch(seed, step, size)
    }

    fn gather(&self, indices: &[usize]) -> Batch {
        self.batch_of(&self.train, indices.iter().copied())
    }
}
