use super::opened::{Look, Opened};
use super::patches::Patches;
use super::set::Set;
use super::source::{Decoded, Layout, Sizes, files};
use super::{check_patch, idx, parquet, shape};
use crate::data::{DataDir, Item, MNIST};
use crate::error::TaskError;
use crate::registry::Settings;
use crate::task::{Form, Shape, Task};
use serde::{Deserialize, Serialize};

const SIDE: usize = 28;

const LAYOUTS: [Layout; 3] = [
    (
        &[
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        ],
        idx::read,
    ),
    (&parquet::FILES, parquet::read),
    (
        &[
            "mnist/train-00000-of-00001.parquet",
            "mnist/test-00000-of-00001.parquet",
        ],
        parquet::read,
    ),
];

/// IDX files, raw or with `.gz`, as the authors publish them; the hub's files, flat or in the
/// repository's folder.
pub(crate) static MNIST_LAYOUTS: [&[&str]; LAYOUTS.len()] = files(&LAYOUTS);

pub(crate) static MNIST_SET: Set = Set {
    item: &MNIST,
    sizes: Sizes {
        side: SIDE,
        channels: 1,
        counts: [60_000, 10_000],
    },
    layouts: &LAYOUTS,
    encode: |images| {
        let files = |part: &Decoded| idx::encode(part, SIDE as u32);
        images.iter().flat_map(files).collect()
    },
};

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
        let look = Look {
            name: Self::NAME,
            shape,
            // The official code normalises with mean 0 and deviation 1.
            patches: Patches::new(SIDE, self.patch, &[(0.0, 1.0)]),
            raw: Patches::new(SIDE, 1, &[(0.0, 1.0)]),
            augment: false,
        };
        Ok(Box::new(Opened::new(
            look,
            MNIST_SET.open(data)?,
            form,
            data,
        )))
    }
}
