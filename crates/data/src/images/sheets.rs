//! CIFAR-10 as a package has it: PNG files 1024 wide in which each row is an image, labels in JSON.

use super::bitmap::bitmap;
use super::decoded::{Decoded, counted, label};
use super::undecoded::{BATCHES, Undecoded};
use crate::error::{DataError, Mismatch};
use crate::foreign::BYTE_ORDER_MARK;

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
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_behind_a_mark_and_before_blank_lines() {
        for text in ["[3, 0]", "\u{feff}[3, 0]\n", "[3,\r\n0]\r\n\r\n"] {
            assert_eq!(labels(text.as_bytes(), 2), Ok(vec![3, 0]));
        }
        let error = labels(b"[3, 10]", 2).unwrap_err();
        assert_eq!(error.found, "10 at image 1");
    }
}
