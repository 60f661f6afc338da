use super::patches::Patches;
use super::sizes::{TESTED, check_patch, shape};
use super::task::{ImageTask, Look};
use crate::error::TaskError;
use crate::settings::Settings;
use crate::task::{Form, Shape, Task};
use data::items::{CIFAR10, CIFAR10_IMAGES};
use data::{DataDir, Item};
use serde::{Deserialize, Serialize};

const SIDE: usize = 32;
const CHANNELS: usize = 3;

/// Mean and standard deviation of each channel, as the official code normalises.
const NORMALISE: [(f32, f32); CHANNELS] = [(0.4914, 0.2023), (0.4822, 0.1994), (0.4465, 0.2010)];

/// CIFAR-10 (section 2.1): 32 × 32 colour pixels, normalised, in patches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Cifar10 {
    /// Side of a patch.
    patch: usize,
    /// Whether training images are cropped, flipped and turned by chance, as the official code does.
    /// Left out where it is not so, as are all settings from before there was a choice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    augment: bool,
}

impl Default for Cifar10 {
    fn default() -> Self {
        Self {
            patch: 4,
            augment: false,
        }
    }
}

impl Settings for Cifar10 {
    const NAME: &'static str = "cifar10";
    const ABOUT: &'static str = "small colour photographs of ten kinds (60,000 images)";
    const CHANNELS: usize = CHANNELS;

    fn check(&self) -> Result<(), String> {
        check_patch(self.patch, SIDE)
    }

    fn shape(&self, _: Form) -> Result<Shape, String> {
        Ok(shape(SIDE, CHANNELS, self.patch))
    }

    fn tested(&self) -> usize {
        TESTED
    }

    fn data(&self) -> Vec<&'static Item> {
        vec![&CIFAR10]
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let look = Look {
            name: Self::NAME,
            shape,
            patches: Patches::new(SIDE, self.patch, &NORMALISE),
            raw: Patches::new(SIDE, 1, &[(0.0, 1.0); CHANNELS]),
            augment: self.augment,
        };
        let images = CIFAR10_IMAGES.open(data)?;
        Ok(Box::new(ImageTask::new(look, images, form, data)))
    }
}
