//! Files of a data set and what they are decoded into.

use crate::data::{path_of, read_file};
use crate::error::{Mismatch, TaskError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Images of one size, pixels in the order (row, column, channel), and their labels.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Decoded {
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
}

impl Decoded {
    pub fn append(&mut self, other: Self) {
        self.pixels.extend(other.pixels);
        self.labels.extend(other.labels);
    }
}

/// Sizes of a data set.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub side: usize,
    pub channels: usize,
    /// Training and test images.
    pub counts: [usize; 2],
}

impl Sizes {
    /// Numbers of an image.
    pub const fn image(self) -> usize {
        self.side * self.side * self.channels
    }
}

/// One way in which a data set lies in a folder: its files, and how they are read.
pub(crate) type Layout = (&'static [&'static str], Read);

/// Decodes the training and the test images.
pub(crate) type Read = fn(&Source) -> Result<[Decoded; 2], TaskError>;

/// The files of each layout, for the list of data sets.
pub(super) const fn files<const N: usize>(layouts: &[Layout; N]) -> [&'static [&'static str]; N] {
    let mut files: [&[&str]; N] = [&[]; N];
    let mut number = 0;
    while number < N {
        files[number] = layouts[number].0;
        number += 1;
    }
    files
}

/// A data set in one of its layouts.
pub(crate) struct Source<'a> {
    /// What `fpt fetch` calls the data.
    pub item: &'a str,
    pub folder: &'a Path,
    pub files: &'a [&'a str],
    pub sizes: Sizes,
}

impl Source<'_> {
    /// Where the files are.
    pub fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().map(|file| path_of(self.folder, file))
    }

    /// Reads file number `number`, raw or with `.gz`, and decodes it. More than `most` bytes are not
    /// even read.
    pub fn decode<T>(
        &self,
        number: usize,
        most: usize,
        decode: impl FnOnce(Vec<u8>) -> Result<T, Mismatch>,
    ) -> Result<T, TaskError> {
        let file = self.files.get(number).copied().unwrap_or_default();
        let (path, bytes) = read_file(self.folder, file, most).map_err(|error| match error {
            TaskError::Io { path, source, .. } if is_content(source.kind()) => {
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
    pub fn batches(
        &self,
        most: fn(usize) -> usize,
        decode: fn(&[u8], usize) -> Result<Decoded, Mismatch>,
    ) -> Result<[Decoded; 2], TaskError> {
        let [train, test] = self.batch_counts();
        let mut images = Decoded::default();
        for number in 0..BATCHES {
            images.append(self.decode(number, most(train), |bytes| decode(&bytes, train))?);
        }
        let last = self.decode(BATCHES, most(test), |bytes| decode(&bytes, test))?;
        Ok([images, last])
    }

    /// Images of a training batch and of the test batch.
    pub fn batch_counts(&self) -> [usize; 2] {
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

/// A label, which has to be below 10.
pub(super) fn label(number: i64, index: usize) -> Result<u8, Mismatch> {
    let label = u8::try_from(number).ok().filter(|label| *label < 10);
    label.ok_or_else(|| Mismatch::new("labels from 0 to 9", format!("{number} at image {index}")))
}

/// As many of something as there have to be.
pub(super) fn counted(what: &str, expected: usize, found: usize) -> Result<(), Mismatch> {
    if expected == found {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("{expected} {what}"),
        found.to_string(),
    ))
}
