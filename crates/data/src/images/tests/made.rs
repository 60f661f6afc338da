use crate::images::decoded::{Decoded, Sizes};
use std::path::PathBuf;

/// A file that scripts/golden_images.py wrote.
pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub(super) fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// Images of the tiny data sets.
pub(super) const CIFAR10: Sizes = Sizes {
    side: 32,
    channels: 3,
    counts: [10, 2],
};

pub(super) const MNIST: Sizes = Sizes {
    side: 28,
    channels: 1,
    counts: [4, 2],
};

/// The images that the script makes by the same formula.
pub(super) fn made(sizes: Sizes) -> [Decoded; 2] {
    let [train, test] = sizes.counts;
    [0..train, train..train + test].map(|indices| {
        let mut images = Decoded::default();
        for index in indices {
            images.labels.push((3 * index % 10) as u8);
            for pixel in 0..sizes.image() {
                let (spot, channel) = (pixel / sizes.channels, pixel % sizes.channels);
                let (row, column) = (spot / sizes.side, spot % sizes.side);
                let value = 7 * index + 3 * row + 5 * (column / 2) + 11 * channel;
                images.pixels.push((value % 256) as u8);
            }
        }
        images
    })
}
