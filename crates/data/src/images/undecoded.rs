//! Files of a data set before they are decoded.

use super::decoded::{Decoded, Sizes};
use crate::error::{DataError, Mismatch};
use crate::present::{path_of, read_file};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One way in which a data set lies in a folder: its files, and how they are read.
pub(crate) type Layout = (&'static [&'static str], Read);

/// Decodes the training and the test images.
pub(crate) type Read = fn(&Undecoded) -> Result<[Decoded; 2], DataError>;

/// The files of each layout, for the list of data sets.
pub(crate) const fn files<const N: usize>(layouts: &[Layout; N]) -> [&'static [&'static str]; N] {
    let mut files: [&[&str]; N] = [&[]; N];
    let mut number = 0;
    while number < N {
        files[number] = layouts[number].0;
        number += 1;
    }
    files
}

/// A data set in one of its layouts.
pub(crate) struct Undecoded<'a> {
    /// What `fpt fetch` calls the data.
    pub(super) item: &'a str,
    pub(super) folder: &'a Path,
    pub(super) files: &'a [&'a str],
    pub(super) sizes: Sizes,
}

impl Undecoded<'_> {
    /// Where the files are.
    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().map(|file| path_of(self.folder, file))
    }

    /// Reads file number `number`, raw or with `.gz`, and decodes it. More than `most` bytes are not
    /// even read.
    pub(super) fn decode<T>(
        &self,
        number: usize,
        most: usize,
        decode: impl FnOnce(Vec<u8>) -> Result<T, Mismatch>,
    ) -> Result<T, DataError> {
        let file = self.files.get(number).copied().unwrap_or_default();
        let (path, bytes) = read_file(self.folder, file, most).map_err(|error| match error {
            DataError::Io { path, source, .. } if is_content(source.kind()) => {
                Mismatch::new("a whole gzip file", source.to_string()).at(&path, self.item)
            }
            other => other,
        })?;
        let decoded = if bytes.len() > most {
            Err(Mismatch::new(format!("at most {most} bytes"), "more"))
        } else {
            decode(bytes)
        };
        decoded.map_err(|mismatch| mismatch.at(&path, self.item))
    }

    /// Decodes five batches of training images and one of test images, as CIFAR-10 comes.
    pub(super) fn batches(
        &self,
        most: fn(usize) -> usize,
        decode: fn(&[u8], usize) -> Result<Decoded, Mismatch>,
    ) -> Result<[Decoded; 2], DataError> {
        let [train, test] = self.batch_counts();
        let mut images = Decoded::default();
        for number in 0..BATCHES {
            images.append(self.decode(number, most(train), |bytes| decode(&bytes, train))?);
        }
        let last = self.decode(BATCHES, most(test), |bytes| decode(&bytes, test))?;
        Ok([images, last])
    }

    /// Images of a training batch and of the test batch.
    pub(super) fn batch_counts(&self) -> [usize; 2] {
        let [train, test] = self.sizes.counts;
        [train / BATCHES, test]
    }
}

/// Batches of training images that CIFAR-10 comes in.
pub(super) const BATCHES: usize = 5;

/// Whether reading failed for what is in a file.
fn is_content(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof
    )
}
