//! What of an item lies in a folder, and its files, raw or with `.gz`.

use crate::error::DataError;
use crate::formats::text::GZIP;
use crate::item::Item;
use flate2::read::MultiGzDecoder;
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

/// Where a file lies in a folder, raw or with `.gz`; texts and databases are read raw only. What
/// cannot be looked at counts as there, so that whoever reads it says why not.
pub(crate) fn present(folder: &Path, file: &str) -> Option<PathBuf> {
    let raw = file.ends_with(".txt") || file.ends_with(".lmdb");
    let mut paths = names(file).into_iter().flat_map(|name| {
        let packed = (!raw).then(|| folder.join(format!("{name}.gz")));
        [folder.join(name)].into_iter().chain(packed)
    });
    paths.find(|path| may_exist(path) && !is_empty(path))
}

/// Whether there is something under a path, or nobody can tell.
fn may_exist(path: &Path) -> bool {
    let looked = path.try_exists();
    looked.unwrap_or_else(|error| error.kind() != io::ErrorKind::NotADirectory)
}

/// What a file may be called. IDX files have a dot before `idx` where they were unpacked by some programs,
/// and torchvision keeps them in a folder of its own.
fn names(file: &str) -> Vec<String> {
    let Some((name, kind)) = file.split_once("-idx") else {
        return vec![file.to_owned()];
    };
    let folders = ["", "raw/", "MNIST/raw/"];
    let names = |folder| ["-", "."].map(|mark| format!("{folder}{name}{mark}idx{kind}"));
    folders.into_iter().flat_map(names).collect()
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
    let open = files::open(&path).map_err(DataError::io("open", &path))?;
    // An archive's name ends in `.gz` as well: it is read as it is.
    let archive = file.ends_with(".gz");
    let bytes = read(open, !archive, length).map_err(DataError::io("read", &path))?;
    Ok((path, bytes))
}

/// No more than a byte past `length`. Whether a file is packed is seen by how it begins: names are
/// changed by browsers and people.
pub(crate) fn read(mut file: impl Read, unpack: bool, length: usize) -> io::Result<Vec<u8>> {
    let limit = length as u64 + 1;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(GZIP.len() as u64)
        .read_to_end(&mut bytes)?;
    if unpack && bytes == GZIP {
        bytes.clear();
        let whole = GZIP.chain(file);
        MultiGzDecoder::new(whole)
            .take(limit)
            .read_to_end(&mut bytes)?;
    } else {
        let rest = limit.saturating_sub(bytes.len() as u64);
        file.take(rest).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::fs::File;
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
        // Names that say something else than what is in the file.
        let packed = std::fs::read(folder.path().join("a.gz")).unwrap();
        std::fs::write(folder.path().join("b"), packed).unwrap();
        std::fs::write(folder.path().join("c.gz"), [5; 1000]).unwrap();
        for name in ["b", "c"] {
            assert_eq!(read_file(folder.path(), name, 1000).unwrap().1, [5; 1000]);
            assert_eq!(read_file(folder.path(), name, 10).unwrap().1.len(), 11);
        }
    }

    #[test]
    fn idx_files_are_found_under_all_their_names() {
        for name in [
            "t10k-labels-idx1-ubyte",
            "t10k-labels.idx1-ubyte",
            "t10k-labels.idx1-ubyte.gz",
            "raw/t10k-labels-idx1-ubyte.gz",
            "MNIST/raw/t10k-labels-idx1-ubyte",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "x").unwrap();
            assert_eq!(present(folder.path(), "t10k-labels-idx1-ubyte"), Some(path));
            assert_eq!(present(folder.path(), "train-labels-idx1-ubyte"), None);
        }
    }

    /// A ring of links stands in for what its rights close, which the superuser could read.
    #[cfg(unix)]
    #[test]
    fn what_cannot_be_looked_at_is_not_absent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::os::unix::fs::symlink(&path, &path).unwrap();
        assert_eq!(present(folder.path(), "a"), Some(path));
        let error = read_file(folder.path(), "a", 9).unwrap_err().to_string();
        assert!(
            error.contains("cannot open") && error.contains("/a"),
            "{error}"
        );
    }
}
