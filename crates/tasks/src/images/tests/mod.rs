//! Readers against files that other programs wrote, augmentation against torchvision, and damage.

mod augment;
mod fuzz;
mod layouts;
mod task;

use super::source::{Decoded, Sizes};
use std::path::PathBuf;

/// A file that scripts/golden_images.py or scripts/golden_augment.py wrote.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// Images of the tiny data sets.
const CIFAR10: Sizes = Sizes {
    side: 32,
    channels: 3,
    counts: [10, 2],
};

const MNIST: Sizes = Sizes {
    side: 28,
    channels: 1,
    counts: [4, 2],
};

/// The images that the script makes by the same formula.
fn made(sizes: Sizes) -> [Decoded; 2] {
    let [train, test] = sizes.counts;
    [0..train, train..train + test].map(|indices| {
        let mut images = Decoded::default();
        for index in indices {
            images.labels.push((3 * index % 10) as u8);
            for pixel in 0..sizes.image() {
                let (place, channel) = (pixel / sizes.channels, pixel % sizes.channels);
                let (row, column) = (place / sizes.side, place % sizes.side);
                let value = 7 * index + 3 * row + 5 * (column / 2) + 11 * channel;
                images.pixels.push((value % 256) as u8);
            }
        }
        images
    })
}
