//! Image data sets of the hub: parquet rows of a PNG and a label.

use super::cifar10_png::planes;
use super::hub::{rows, unreadable};
use crate::error::TaskError;
use crate::images::{CIFAR10_FILES, CIFAR10_RECORD, MNIST_FILES};
use parquet::record::{Row, RowAccessor};
use std::fs::File;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

/// `ylecun/mnist` into IDX files.
pub(super) fn mnist(files: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    for (path, names) in files.iter().zip(MNIST_FILES.chunks(2)) {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        rows(path, |row| {
            let (image, label) = decode(&row, 28, png::ColorType::Grayscale)
                .map_err(|found| unreadable(path, &found))?;
            pixels.extend(image);
            labels.push(label);
            Ok(())
        })?;
        let count = labels.len() as u32;
        write(&into.join(names[0]), &[2051, count, 28, 28], &pixels)?;
        write(&into.join(names[1]), &[2049, count], &labels)?;
    }
    Ok(())
}

/// `uoft-cs/cifar10` into the binary version's files.
pub(super) fn cifar10(files: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    let mut records = Vec::new();
    for path in files {
        rows(path, |row| {
            let (image, label) =
                decode(&row, 32, png::ColorType::Rgb).map_err(|found| unreadable(path, &found))?;
            let mut record = [0; CIFAR10_RECORD];
            planes(label, &image, &mut record);
            records.extend(record);
            Ok(())
        })?;
    }
    for (name, batch) in CIFAR10_FILES
        .iter()
        .zip(records.chunks(10_000 * CIFAR10_RECORD))
    {
        write(&into.join(name), &[], batch)?;
    }
    Ok(())
}

/// The pixels and the label of a row; what is wrong with it otherwise.
fn decode(row: &Row, side: u32, colour: png::ColorType) -> Result<(Vec<u8>, u8), String> {
    let text = |error: parquet::errors::ParquetError| error.to_string();
    let label = row.get_long(1).map_err(text)?;
    let label = u8::try_from(label).ok().filter(|label| *label < 10);
    let label = label.ok_or("a label that is not from 0 to 9")?;
    let image = row
        .get_group(0)
        .and_then(|group| group.get_bytes(0))
        .map_err(text)?;
    let mut reader = png::Decoder::new(Cursor::new(image.data()))
        .read_info()
        .map_err(|error| error.to_string())?;
    let info = reader.info();
    let found = (info.width, info.height, info.color_type, info.bit_depth);
    if found != (side, side, colour, png::BitDepth::Eight) {
        return Err(format!("an image of {found:?}"));
    }
    let mut pixels = vec![0; (side * side) as usize * colour.samples()];
    reader
        .next_frame(&mut pixels)
        .map_err(|error| error.to_string())?;
    Ok((pixels, label))
}

fn write(path: &Path, header: &[u32], body: &[u8]) -> Result<(), TaskError> {
    let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.extend_from_slice(body);
    let mut file = File::create(path).map_err(TaskError::io("write", path))?;
    file.write_all(&bytes)
        .and_then(|()| file.sync_all())
        .map_err(TaskError::io("write", path))
}
