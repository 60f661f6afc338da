//! A data set of images: found, decoded once, kept.

use super::source::{Decoded, Layout, Sizes, Source};
use crate::cache::{self, Builder, Fingerprint, Section};
use crate::data::{DataDir, Item, layout};
use crate::error::{Mismatch, TaskError};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// A data set as it is published.
pub(crate) struct Set {
    pub item: &'static Item,
    pub sizes: Sizes,
    /// As many as the item has, in its order.
    pub layouts: &'static [Layout],
    /// Makes the files of the first layout.
    pub encode: fn(&[Decoded; 2]) -> Vec<Vec<u8>>,
}

/// Images of one size, pixels in the order (row, column, channel), and their labels.
pub(super) struct Images {
    pub pixels: Section,
    pub labels: Section,
}

/// The images of a data set, as they are used.
pub(super) struct Kept {
    pub train: Images,
    pub test: Images,
    /// blake3 of pixels and labels, training before test, hex.
    pub checksum: String,
    /// Why they could not be kept.
    pub note: Option<String>,
}

/// Changes when other bytes are made of the same files.
const VERSION: &str = "images 1";

const PARTS: [[&str; 2]; 2] = [
    ["train pixels", "train labels"],
    ["test pixels", "test labels"],
];

const CHECKSUM: &str = "checksum";

impl Set {
    /// The images, from the cache where their files have not changed.
    pub(super) fn open(&self, data: &DataDir) -> Result<Kept, TaskError> {
        let (folder, number) = data.locate(self.item)?;
        let (source, read) = self.source(&folder, number)?;
        let mut print = Fingerprint::new(VERSION).and(&number.to_le_bytes());
        for path in source.paths() {
            print = print.and_file(&path)?;
        }
        let build = |builder: &mut Builder| {
            data.verified(self.item)?;
            keep(builder, read(&source)?)
        };
        let sections = cache::kept(data, self.item.name, print, build)?;
        let [train, test] = PARTS.map(|[pixels, labels]| Images {
            pixels: sections.get(pixels),
            labels: sections.get(labels),
        });
        for (images, count) in [&train, &test].into_iter().zip(self.sizes.counts) {
            let found = (images.pixels.len(), images.labels.len());
            if found != (count * self.sizes.image(), count) {
                let mismatch = Mismatch::new(format!("{count} images"), format!("{found:?}"));
                return Err(mismatch.at(&folder, self.item.name));
            }
        }
        Ok(Kept {
            train,
            test,
            checksum: String::from_utf8_lossy(&sections.get(CHECKSUM)).into_owned(),
            note: sections.note().map(str::to_owned),
        })
    }

    /// Decodes what lies in a folder and writes it as the first layout.
    pub fn convert(&self, from: &Path, into: &Path) -> Result<(), TaskError> {
        let number = layout(self.item, from).unwrap_or(usize::MAX);
        let (source, read) = self.source(from, number)?;
        let images = read(&source)?;
        let (files, _) = self.layouts[0];
        for (file, bytes) in files.iter().zip((self.encode)(&images)) {
            let path = into.join(file);
            let mut file = File::create(&path).map_err(TaskError::io("write", &path))?;
            file.write_all(&bytes)
                .and_then(|()| file.sync_all())
                .map_err(TaskError::io("write", &path))?;
        }
        Ok(())
    }

    fn source<'a>(
        &self,
        folder: &'a Path,
        number: usize,
    ) -> Result<(Source<'a>, super::source::Read), TaskError> {
        let item = self.item.name;
        let &(files, read) = self.layouts.get(number).ok_or_else(|| {
            Mismatch::new("the files of a known layout", "others").at(folder, item)
        })?;
        let source = Source {
            item,
            folder,
            files,
            sizes: self.sizes,
        };
        Ok((source, read))
    }
}

fn keep(builder: &mut Builder, images: [Decoded; 2]) -> Result<(), TaskError> {
    let mut checksum = blake3::Hasher::new();
    for (part, names) in images.into_iter().zip(PARTS) {
        for (bytes, name) in [part.pixels, part.labels].into_iter().zip(names) {
            checksum.update_rayon(&bytes);
            builder.section(name, bytes);
        }
    }
    let checksum = checksum.finalize().to_hex().to_string();
    builder.section(CHECKSUM, checksum.into_bytes());
    Ok(())
}
