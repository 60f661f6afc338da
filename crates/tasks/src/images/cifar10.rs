use super::patches::Patches;
use super::{Images, Opened, check_patch, shape};
use crate::data::{CIFAR10, DataDir, Item, read_file};
use crate::error::{Mismatch, TaskError};
use crate::registry::Settings;
use crate::task::{Form, Shape, Task};
use serde::{Deserialize, Serialize};
use std::path::Path;

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;

/// Bytes of a record of the binary version: a label, then the red, green and blue plane.
pub(crate) const RECORD: usize = 1 + 3 * PLANE;

/// Images in a file.
const COUNT: usize = 10_000;

/// Mean and standard deviation of each channel, as the official code normalises.
const NORMALISE: [(f32, f32); 3] = [(0.4914, 0.2023), (0.4822, 0.1994), (0.4465, 0.2010)];

/// The binary version of the data set, as its authors publish it.
pub(crate) const FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// CIFAR-10 (section 2.1): 32 × 32 colour pixels, normalised, in patches; no augmentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Cifar10 {
    /// Side of a patch.
    patch: usize,
}

impl Default for Cifar10 {
    fn default() -> Self {
        Self { patch: 4 }
    }
}

impl Settings for Cifar10 {
    const NAME: &'static str = "cifar10";
    const ABOUT: &'static str = "small colour photographs of ten kinds (60,000 images)";

    fn check(&self) -> Result<(), String> {
        check_patch(self.patch, SIDE)
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(shape(SIDE, 3, self.patch))
    }

    fn data(&self) -> Vec<&'static Item> {
        vec![&CIFAR10]
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let folder = data.find(&CIFAR10)?;
        let train = read(&folder, &FILES[..5])?;
        let test = read(&folder, &FILES[5..])?;
        let patches = Patches::new(SIDE, self.patch, &NORMALISE);
        Ok(Box::new(Opened::new(shape, patches, train, test, form)))
    }
}

fn read(folder: &Path, files: &[&str]) -> Result<Images, TaskError> {
    let mut images = Images {
        pixels: Vec::new(),
        labels: Vec::new(),
    };
    for file in files {
        let (path, bytes) = read_file(folder, file, COUNT * RECORD)?;
        append(&bytes, COUNT, &mut images).map_err(|mismatch| mismatch.at(&path, "cifar10"))?;
    }
    Ok(images)
}

fn append(bytes: &[u8], count: usize, images: &mut Images) -> Result<(), Mismatch> {
    if bytes.len() != count * RECORD {
        let found = if bytes.len() > count * RECORD {
            "more".into()
        } else {
            bytes.len().to_string()
        };
        return Err(Mismatch::new(format!("{} bytes", count * RECORD), found));
    }
    for (index, record) in bytes.chunks_exact(RECORD).enumerate() {
        if record[0] > 9 {
            let found = format!("{} at image {index}", record[0]);
            return Err(Mismatch::new("labels from 0 to 9", found));
        }
        images.labels.push(record[0]);
        for pixel in 1..=PLANE {
            images.pixels.extend([
                record[pixel],
                record[pixel + PLANE],
                record[pixel + 2 * PLANE],
            ]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels() {
        let mut record = vec![3];
        record.extend([1; PLANE].iter().chain(&[2; PLANE]).chain(&[3; PLANE]));
        let mut images = Images {
            pixels: Vec::new(),
            labels: Vec::new(),
        };
        append(&record, 1, &mut images).unwrap();
        assert_eq!(images.labels, [3]);
        assert_eq!(images.pixels, [1, 2, 3].repeat(PLANE));
        record[0] = 10;
        assert!(append(&record, 1, &mut images).is_err());
        assert!(append(&record[1..], 1, &mut images).is_err());
    }
}
