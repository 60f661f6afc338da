use super::patches::Patches;
use super::sizes::{TESTED, check_patch, shape};
use super::task::{ImageTask, Look};
use crate::error::TaskError;
use crate::settings::Settings;
use crate::task::{Form, Shape, Task};
use data::items::{MNIST, MNIST_IMAGES};
use data::{DataDir, Item};
use serde::{Deserialize, Serialize};

const SIDE: usize = 28;

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

    fn tested(&self) -> usize {
        TESTED
    }

    fn data(&self) -> Vec<&'static Item> {
        vec![&MNIST]
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let look = Look {
            name: Self::NAME,
            shape,
            // The official code normalises with mean 0 and deviation 1.
            patches: Patches::new(SIDE, self.patch, &[(0.0, 1.0)]),
            raw: Patches::new(SIDE, 1, &[(0.0, 1.0)]),
            augment: false,
        };
        let images = MNIST_IMAGES.open(data)?;
        Ok(Box::new(ImageTask::new(look, images, form, data)))
    }
}
