use super::opened::{Look, Opened};
use super::patches::Patches;
use super::set::Set;
use super::source::{Layout, Sizes, files};
use super::{archive, binary, check_patch, parquet, python, shape, sheets};
use crate::data::{CIFAR10, DataDir, Item};
use crate::error::TaskError;
use crate::registry::Settings;
use crate::task::{Form, Shape, Task};
use serde::{Deserialize, Serialize};

pub(super) const SIDE: usize = 32;

/// Mean and standard deviation of each channel, as the official code normalises.
const NORMALISE: [(f32, f32); 3] = [(0.4914, 0.2023), (0.4822, 0.1994), (0.4465, 0.2010)];

const LAYOUTS: [Layout; 9] = [
    (
        &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin",
        ],
        binary::read,
    ),
    (
        &[
            "cifar-10-batches-bin/data_batch_1.bin",
            "cifar-10-batches-bin/data_batch_2.bin",
            "cifar-10-batches-bin/data_batch_3.bin",
            "cifar-10-batches-bin/data_batch_4.bin",
            "cifar-10-batches-bin/data_batch_5.bin",
            "cifar-10-batches-bin/test_batch.bin",
        ],
        binary::read,
    ),
    (
        &[
            "cifar-10-batches-py/data_batch_1",
            "cifar-10-batches-py/data_batch_2",
            "cifar-10-batches-py/data_batch_3",
            "cifar-10-batches-py/data_batch_4",
            "cifar-10-batches-py/data_batch_5",
            "cifar-10-batches-py/test_batch",
        ],
        python::read,
    ),
    (
        &[
            "data_batch_1",
            "data_batch_2",
            "data_batch_3",
            "data_batch_4",
            "data_batch_5",
            "test_batch",
        ],
        python::read,
    ),
    (&["cifar-10-binary.tar.gz"], archive::read_binary),
    (&["cifar-10-python.tar.gz"], archive::read_python),
    (&parquet::FILES, parquet::read),
    (
        &[
            "plain_text/train-00000-of-00001.parquet",
            "plain_text/test-00000-of-00001.parquet",
        ],
        parquet::read,
    ),
    (&sheets::FILES, sheets::read),
];

/// The binary and the python version, unpacked or as the authors' archive; the hub's files, flat or
/// in the repository's folder; a package's PNG sheets.
pub(crate) static CIFAR10_LAYOUTS: [&[&str]; LAYOUTS.len()] = files(&LAYOUTS);

pub(crate) static CIFAR10_SET: Set = Set {
    item: &CIFAR10,
    sizes: Sizes {
        side: SIDE,
        channels: 3,
        counts: [50_000, 10_000],
    },
    layouts: &LAYOUTS,
    encode: |[train, test]| binary::encode(train, test),
};

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
        let look = Look {
            name: Self::NAME,
            shape,
            patches: Patches::new(SIDE, self.patch, &NORMALISE),
            raw: Patches::new(SIDE, 1, &[(0.0, 1.0); 3]),
            augment: self.augment,
        };
        Ok(Box::new(Opened::new(
            look,
            CIFAR10_SET.open(data)?,
            form,
            data,
        )))
    }
}
