use super::patches::Patches;
use super::{Images, Opened, check_patch, idx, shape};
use crate::data::{DataDir, Item, MNIST, read_file};
use crate::error::TaskError;
use crate::registry::Settings;
use crate::task::{Form, Shape, Task};
use serde::{Deserialize, Serialize};
use std::path::Path;

const SIDE: usize = 28;

/// The four files, raw or with `.gz`: training images and labels, test images and labels.
pub(crate) const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// MNIST (section 2.1): 28 × 28 grey pixels between 0 and 1, in patches; the digit is read at the
/// last token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Mnist {
    /// Side of a patch.
    patch: usize,
}

impl Default for Mnist {
    fn default() -> Self {
        Self { patch: 4 }
    }
}

impl Settings for Mnist {
    const NAME: &'static str = "mnist";
    const ABOUT: &'static str = "handwritten digits (70,000 images)";

    fn check(&self) -> Result<(), String> {
        check_patch(self.patch, SIDE)
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(shape(SIDE, 1, self.patch))
    }

    fn data(&self) -> Vec<&'static Item> {
        vec![&MNIST]
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let folder = data.find(&MNIST)?;
        let train = read(&folder, &FILES[..2], 60_000)?;
        let test = read(&folder, &FILES[2..], 10_000)?;
        // The official code normalises with mean 0 and deviation 1.
        let patches = Patches::new(SIDE, self.patch, &[(0.0, 1.0)]);
        Ok(Box::new(Opened::new(shape, patches, train, test, form)))
    }
}

fn read(folder: &Path, files: &[&str], count: usize) -> Result<Images, TaskError> {
    let (path, bytes) = read_file(folder, files[0], idx::length(&[count, SIDE, SIDE]))?;
    let pixels = idx::images(&bytes, count, SIDE)
        .map_err(|mismatch| mismatch.at(&path, "mnist"))?
        .to_vec();
    let (path, bytes) = read_file(folder, files[1], idx::length(&[count]))?;
    let labels = idx::labels(&bytes, count)
        .map_err(|mismatch| mismatch.at(&path, "mnist"))?
        .to_vec();
    Ok(Images { pixels, labels })
}
