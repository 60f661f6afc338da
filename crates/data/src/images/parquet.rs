//! Image data sets of the hub: parquet rows of a PNG and a label.

use super::bitmap::bitmap;
use super::decoded::{Decoded, Sizes, counted, label};
use super::undecoded::Undecoded;
use crate::error::{DataError, Mismatch};
use crate::formats::rows::rows;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::record::{Row, RowAccessor};

/// As the hub names them, training before test images.
pub(crate) const FILES: [&str; 2] = [
    "train-00000-of-00001.parquet",
    "test-00000-of-00001.parquet",
];

pub(crate) fn read(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    let sizes = files.sizes;
    let [train, test] = [0, 1].map(|number| {
        let count = sizes.counts[number];
        // What PNG cannot make smaller it makes hardly larger.
        let most = count * (2 * sizes.image() + 512) + 65_536;
        files.decode(number, most, |bytes| decode(bytes, sizes, count))
    });
    Ok([train?, test?])
}

/// The images of a file.
pub(crate) fn decode(file: Vec<u8>, sizes: Sizes, count: usize) -> Result<Decoded, Mismatch> {
    let mut images = Decoded::default();
    rows(Bytes::from(file), other, |row| {
        let index = images.labels.len();
        if index == count {
            return Err(Mismatch::new(format!("{count} rows"), "more"));
        }
        let (pixels, number) = image(row, sizes)?;
        images.labels.push(label(number, index)?);
        images.pixels.extend(pixels);
        Ok(())
    })?;
    counted("rows", count, images.labels.len())?;
    Ok(images)
}

fn image(row: &Row, sizes: Sizes) -> Result<(Vec<u8>, i64), Mismatch> {
    counted("columns", 2, row.len())?;
    let image = row.get_group(0).map_err(damaged)?;
    if image.len() == 0 {
        return Err(Mismatch::new("an image's bytes", "none"));
    }
    let file = image.get_bytes(0).map_err(damaged)?;
    let colour = match sizes.channels {
        1 => png::ColorType::Grayscale,
        _ => png::ColorType::Rgb,
    };
    let pixels = bitmap(file.data(), (sizes.side, sizes.side), colour)?;
    Ok((pixels, row.get_long(1).map_err(damaged)?))
}

fn damaged(error: ParquetError) -> Mismatch {
    other(error.to_string())
}

fn other(found: String) -> Mismatch {
    Mismatch::new("the parquet columns `image` and `label`", found)
}
