//! CIFAR-10 as a package has it: PNG files 1024 wide in which each row is an image, labels in JSON.

use super::bitmap::bitmap;
use super::decoded::{Decoded, counted, label};
use super::undecoded::{BATCHES, Undecoded};
use crate::error::{DataError, Mismatch};

const PLANE: usize = 32 * 32;

/// `data_batch_1.png` to `5`, `test_batch.png`, `train_lables.json`, `test_lables.json`.
pub(crate) const FILES: [&str; 8] = [
    "data_batch_1.png",
    "data_batch_2.png",
    "data_batch_3.png",
    "data_batch_4.png",
    "data_batch_5.png",
    "test_batch.png",
    "train_lables.json",
    "test_lables.json",
];

pub(crate) fn read(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    let [train, test] = files.sizes.counts;
    let mut images = Decoded::default();
    let [batch, _] = files.batch_counts();
    for number in 0..BATCHES {
        images
            .pixels
            .extend(files.decode(number, most(batch), |bytes| pixels(&bytes, batch))?);
    }
    images.labels = files.decode(BATCHES + 1, json(train), |bytes| labels(&bytes, train))?;
    let last = Decoded {
        pixels: files.decode(BATCHES, most(test), |bytes| pixels(&bytes, test))?,
        labels: files.decode(BATCHES + 2, json(test), |bytes| labels(&bytes, test))?,
    };
    Ok([images, last])
}

/// Most bytes of a sheet: what PNG cannot make smaller it makes hardly larger.
fn most(count: usize) -> usize {
    count * 3 * PLANE * 2 + 4096
}

fn json(count: usize) -> usize {
    count * 16 + 1024
}

/// Labels of so many images.
pub(super) fn labels(text: &[u8], count: usize) -> Result<Vec<u8>, Mismatch> {
    let labels: Vec<i64> = serde_json::from_slice(text)
        .map_err(|error| Mismatch::new(format!("a list of {count} labels"), error.to_string()))?;
    counted("labels", count, labels.len())?;
    let labels = labels.into_iter().enumerate();
    labels.map(|(index, number)| label(number, index)).collect()
}

/// Pixels of a sheet of so many images.
pub(super) fn pixels(sheet: &[u8], count: usize) -> Result<Vec<u8>, Mismatch> {
    bitmap(sheet, (PLANE, count), png::ColorType::Rgb)
}
