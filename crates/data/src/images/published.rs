//! A data set of images: found, decoded once, cached.

use super::decoded::{Decoded, Sizes};
use super::undecoded::{Layout, Read, Undecoded};
use crate::cache::{Builder, Fingerprint, Section, cached};
use crate::error::{DataError, Mismatch};
use crate::folder::DataDir;
use crate::item::Item;
use crate::present::layout;
use std::path::{Path, PathBuf};

/// A data set as it is published.
pub struct Published {
    pub item: &'static Item,
    pub sizes: Sizes,
    /// As many as the item has, in its order.
    pub(crate) layouts: &'static [Layout],
    /// Makes the files of the first layout.
    pub(crate) encode: fn(&[Decoded; 2]) -> Vec<Vec<u8>>,
}

/// Images of one size, pixels in the order (row, column, channel), and their labels.
pub struct Images {
    pub pixels: Section,
    pub labels: Section,
}

/// The images of a data set, as they are used.
pub struct ImageSet {
    pub train: Images,
    pub test: Images,
    /// blake3 of pixels and labels, training before test, hex.
    pub checksum: String,
    /// Why what was decoded could not be kept.
    pub note: Option<String>,
}

/// Changes when other bytes are made of the same files.
const VERSION: &str = "images 1";

const PARTS: [[&str; 2]; 2] = [
    ["train pixels", "train labels"],
    ["test pixels", "test labels"],
];

const CHECKSUM: &str = "checksum";

impl Published {
    /// The images, from the cache where their files have not changed.
    ///
    /// # Errors
    /// [`DataError::MissingData`], and errors that name the file where it is damaged.
    pub fn open(&self, data: &DataDir) -> Result<ImageSet, DataError> {
        let (folder, number) = data.locate(self.item)?;
        let (files, read) = self.undecoded(&folder, number)?;
        let paths: Vec<_> = files.paths().collect();
        let print = Fingerprint::new(VERSION)
            .and(&number.to_le_bytes())
            .and(data.digest_of_files(&folder, &paths)?.as_bytes());
        let build = |builder: &mut Builder| -> Result<(), DataError> {
            data.verified(self.item)?;
            add(builder, read(&files)?);
            Ok(())
        };
        let sections = cached(data, self.item.name, print, build)?;
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
        Ok(ImageSet {
            train,
            test,
            checksum: String::from_utf8_lossy(&sections.get(CHECKSUM)).into_owned(),
            note: sections.note().map(str::to_owned),
        })
    }

    /// Decodes what lies in a folder and writes it as the first layout.
    pub(crate) fn convert(&self, from: &Path, into: &Path) -> Result<(), DataError> {
        let number = layout(self.item, from).unwrap_or(usize::MAX);
        let (files, read) = self.undecoded(from, number)?;
        let images = read(&files)?;
        let (files, _) = self.layouts[0];
        for (file, bytes) in files.iter().zip((self.encode)(&images)) {
            let path = into.join(file);
            files::write(&path, &bytes).map_err(DataError::io("write", &path))?;
        }
        Ok(())
    }

    fn undecoded<'a>(
        &self,
        folder: &'a Path,
        number: usize,
    ) -> Result<(Undecoded<'a>, Read), DataError> {
        let item = self.item.name;
        let &(files, read) = self.layouts.get(number).ok_or_else(|| {
            Mismatch::new("the files of a known layout", "others").at(folder, item)
        })?;
        let files = Undecoded {
            item,
            folder,
            files,
            sizes: self.sizes,
        };
        Ok((files, read))
    }
}

fn add(builder: &mut Builder, images: [Decoded; 2]) {
    let mut checksum = blake3::Hasher::new();
    for (part, names) in images.into_iter().zip(PARTS) {
        for (bytes, name) in [part.pixels, part.labels].into_iter().zip(names) {
            checksum.update_rayon(&bytes);
            builder.section(name, bytes);
        }
    }
    let checksum = checksum.finalize().to_hex().to_string();
    builder.section(CHECKSUM, checksum.into_bytes());
}

/// Where the hub's files lie, all in one folder.
pub(crate) fn folder_of(files: &[PathBuf]) -> &Path {
    let folder = files.first().and_then(|file| file.parent());
    folder.unwrap_or(Path::new("."))
}
