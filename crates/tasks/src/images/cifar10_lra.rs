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

/// CIFAR-10 in grey, a pixel a token (section 2.1, CIFAR-10 LRA).
///
/// Pixels are real numbers in both forms, (0.2989 R + 0.587 G + 0.114 B - 0.5) / 0.5 with channels
/// from 0 to 1, as the official code makes them. LRA (Tay et al., 2020) weighs with the same numbers
/// (0.2989, 0.5870, 0.1140), but cuts the sum to a whole number from 0 to 255 and embeds that as a
/// token.
///
/// Form `paper` trains on all 50,000 images; its validation images, the last 5,000, are among them.
/// Form `fair` has the sizes of LRA's split, 45,000 and the last 5,000 in the authors' order (LRA takes
/// its library's order). LRA changes no image, so `augment` goes
/// with form `paper` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Cifar10Lra {
    /// Side of a patch.
    patch: usize,
    /// Whether training images are cropped, flipped and turned by chance, as the official code does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    augment: bool,
}

impl Default for Cifar10Lra {
    fn default() -> Self {
        Self {
            patch: 1,
            augment: false,
        }
    }
}

impl Settings for Cifar10Lra {
    const NAME: &'static str = "cifar10-lra";
    const ABOUT: &'static str = "CIFAR-10 in grey, a pixel a token";

    fn check(&self) -> Result<(), String> {
        check_patch(self.patch, SIDE)
    }

    fn shape(&self, form: Form) -> Result<Shape, String> {
        if form == Form::Fair && self.augment {
            return Err(
                "form `fair` is LRA's own set-up, which changes no image: leave `augment` \
                        out, or take form `paper`"
                    .to_owned(),
            );
        }
        Ok(shape(SIDE, 1, self.patch))
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
            patches: Patches::grey(SIDE, self.patch, (0.5, 0.5)),
            raw: Patches::grey(SIDE, 1, (0.0, 1.0)),
            augment: self.augment,
        };
        let images = CIFAR10_IMAGES.open(data)?;
        Ok(Box::new(ImageTask::new(look, images, form, data)))
    }
}
