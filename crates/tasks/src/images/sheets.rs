//! CIFAR-10 as a package has it: PNG files 1024 wide in which each row is an image, labels in JSON.

use super::source::{BATCHES, Decoded, Source, counted, label};
use crate::error::{Mismatch, TaskError};
use std::io::Cursor;

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

pub(super) fn read(source: &Source) -> Result<[Decoded; 2], TaskError> {
    let [train, test] = source.sizes.counts;
    let mut images = Decoded::default();
    let [batch, _] = source.batch_counts();
    for number in 0..BATCHES {
        images
            .pixels
            .extend(source.decode(number, most(batch), |bytes| pixels(&bytes, batch))?);
    }
    images.labels = source.decode(BATCHES + 1, json(train), |bytes| labels(&bytes, train))?;
    let last = Decoded {
        pixels: source.decode(BATCHES, most(test), |bytes| pixels(&bytes, test))?,
        labels: source.decode(BATCHES + 2, json(test), |bytes| labels(&bytes, test))?,
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
    png(sheet, (PLANE, count), png::ColorType::Rgb)
}

/// Pixels of a PNG file of this width, height and kind. Anything else is refused from its header.
pub(super) fn png(
    file: &[u8],
    (width, height): (usize, usize),
    colour: png::ColorType,
) -> Result<Vec<u8>, Mismatch> {
    let damaged = |found: String| {
        Mismatch::new(
            format!("a PNG image, {width} × {height}, {colour:?}, of bytes"),
            found,
        )
    };
    let wrong = |error: png::DecodingError| damaged(error.to_string());
    let mut reader = png::Decoder::new(Cursor::new(file))
        .read_info()
        .map_err(wrong)?;
    let info = reader.info();
    let found = (
        info.width as usize,
        info.height as usize,
        info.color_type,
        info.bit_depth,
    );
    if found != (width, height, colour, png::BitDepth::Eight) {
        return Err(damaged(format!("{found:?}")));
    }
    let mut pixels = vec![0; width * height * colour.samples()];
    reader.next_frame(&mut pixels).map_err(wrong)?;
    Ok(pixels)
}
