//! What of an item lies in a folder, and its files, raw or with `.gz`.

use crate::error::DataError;
use crate::item::Item;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The number of an item's first layout that is whole in a folder.
pub(crate) fn layout(item: &Item, folder: &Path) -> Option<usize> {
    let mut layouts = item.layouts.iter();
    layouts.position(|files| missing(files, folder).is_none())
}

/// The first file of a layout that is not in a folder.
pub(crate) fn missing<'a>(files: &[&'a str], folder: &Path) -> Option<&'a str> {
    let mut files = files.iter().copied();
    files.find(|file| present(folder, file).is_none())
}

/// Where a file lies in a folder, raw or with `.gz`; texts and databases are read raw only.
pub(crate) fn present(folder: &Path, file: &str) -> Option<PathBuf> {
    let raw = file.ends_with(".txt") || file.ends_with(".lmdb");
    let packed = (!raw).then(|| folder.join(format!("{file}.gz")));
    let mut paths = [folder.join(file)].into_iter().chain(packed);
    paths.find(|path| path.exists() && !is_empty(path))
}

/// Whether it is a folder with nothing in it, which holds no part of an item.
fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Where a file lies in a folder, raw or with `.gz`, or where it would have to.
pub(crate) fn path_of(folder: &Path, file: &str) -> PathBuf {
    present(folder, file).unwrap_or_else(|| folder.join(file))
}

/// A file of a known length, raw or with `.gz`, and the path it was read from.
///
/// Reads no more than a byte past `length`, so a damaged or hostile file costs no memory.
pub(crate) fn read_file(
    folder: &Path,
    file: &str,
    length: usize,
) -> Result<(PathBuf, Vec<u8>), DataError> {
    let path = path_of(folder, file);
    let open = File::open(&path).map_err(DataError::io("open", &path))?;
    // An archive's name ends in `.gz` as well: it is read as it is.
    let packed = path != folder.join(file);
    let bytes = read(open, packed, length).map_err(DataError::io("read", &path))?;
    Ok((path, bytes))
}

/// No more than a byte past `length`.
pub(crate) fn read(file: impl Read, packed: bool, length: usize) -> io::Result<Vec<u8>> {
    let limit = length as u64 + 1;
    let mut bytes = Vec::new();
    if packed {
        GzDecoder::new(file).take(limit).read_to_end(&mut bytes)?;
    } else {
        file.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    #[test]
    fn compressed_files_are_read_and_long_ones_cut() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("a.gz")).unwrap();
        let mut file = GzEncoder::new(file, Compression::fast());
        file.write_all(&[5; 1000]).unwrap();
        file.finish().unwrap();
        assert_eq!(read_file(folder.path(), "a", 1000).unwrap().1, [5; 1000]);
        assert_eq!(read_file(folder.path(), "a", 10).unwrap().1.len(), 11);
    }
}
