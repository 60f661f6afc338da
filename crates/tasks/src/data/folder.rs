use super::origin::Look;
use super::{Item, origin};
use crate::error::TaskError;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The folder that data is kept in, one folder an item.
#[derive(Clone, Debug)]
pub struct DataDir {
    root: PathBuf,
    also: Vec<PathBuf>,
}

impl DataDir {
    /// Data is fetched into `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            also: Vec::new(),
        }
    }

    /// Also reads data from a folder of the user's, in which nothing is written.
    #[must_use]
    pub fn and_read_from(mut self, folder: impl Into<PathBuf>) -> Self {
        self.also.push(folder.into());
        self
    }

    /// The folder that fetched data goes to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that holds an item in one of its layouts: `root/<item>`, or in the user's folders
    /// `<item>` or the folder itself.
    ///
    /// # Errors
    /// [`TaskError::MissingData`] with every folder looked into; [`TaskError::Damaged`] where a file
    /// has not the length any more that it came with.
    pub fn find(&self, item: &Item) -> Result<PathBuf, TaskError> {
        Ok(self.locate(item)?.0)
    }

    /// As [`find`](Self::find), with a look at every byte: 0.1 s for CIFAR-10.
    ///
    /// # Errors
    /// Those of [`find`](Self::find); [`TaskError::Damaged`] where a file is not what came.
    pub fn verified(&self, item: &Item) -> Result<PathBuf, TaskError> {
        let folder = self.find(item)?;
        origin::check(item, &folder, Look::Contents)?;
        Ok(folder)
    }

    /// The folder that holds an item, and the number of the first layout that is whole there.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(crate) fn locate(&self, item: &Item) -> Result<(PathBuf, usize), TaskError> {
        let own = std::iter::once(self.root.join(item.name));
        let theirs = self
            .also
            .iter()
            .flat_map(|folder| [folder.join(item.name), folder.clone()]);
        let mut tried = Vec::new();
        not_in_the_way(&self.root.join(item.name))?;
        for folder in own.chain(theirs) {
            // Before its layout: a file that went missing is damage, not an item that never came.
            origin::check(item, &folder, Look::Sizes)?;
            if let Some(number) = layout(item, &folder) {
                return Ok((folder, number));
            }
            let first = item
                .layouts
                .first()
                .and_then(|files| missing(files, &folder));
            tried.push(format!(
                "folder: no {} in {}",
                first.unwrap_or(item.name),
                folder.display()
            ));
        }
        let way_out = format!("run `fpt fetch {}`, or {}", item.name, self.by_hand(item));
        Err(TaskError::MissingData {
            item: item.name.to_owned(),
            tried,
            way_out,
        })
    }

    /// Whether data can be fetched into this folder, which is made.
    ///
    /// # Errors
    /// [`TaskError::Io`] with what helps.
    pub fn check(&self) -> Result<(), TaskError> {
        let root = &self.root;
        std::fs::create_dir_all(root).map_err(TaskError::io("make", root))?;
        tempfile::tempfile_in(root).map_err(TaskError::io("write in", root))?;
        Ok(())
    }

    /// Where an item is from; `None` where it is not here or was put here by hand.
    pub fn origin(&self, item: &Item) -> Option<String> {
        origin::read(item, &self.find(item).ok()?)
    }

    /// Bytes that an item's files take; `None` where it is not here.
    pub fn bytes(&self, item: &Item) -> Option<u64> {
        let (folder, layout) = self.locate(item).ok()?;
        let files = item.layouts[layout].iter();
        let files = files.filter_map(|file| present(&folder, file));
        Some(files.map(|file| bytes(&file)).sum())
    }

    /// How to bring the data without any client.
    pub(super) fn by_hand(&self, item: &Item) -> String {
        let folder = self.root.join(item.name);
        let first = item.layouts.first().map(|files| files.join(", "));
        // Of the others a glimpse: whoever has them knows their names.
        let others = item.layouts.iter().skip(1).map(|files| match files {
            [first, .., last] => format!("{first} … {last}"),
            _ => files.concat(),
        });
        let layouts: Vec<_> = first.into_iter().chain(others).collect();
        format!(
            "put {} into {}, or point at another folder with --data DIR",
            layouts.join(" or "),
            folder.display()
        )
    }
}

/// Of a file, or of all files in a folder; 0 where there is none.
fn bytes(path: &Path) -> u64 {
    let Ok(about) = std::fs::symlink_metadata(path) else {
        return 0;
    };
    if !about.is_dir() {
        return std::fs::metadata(path).map_or(0, |about| about.len());
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| bytes(&entry.path())).sum()
}

/// The number of an item's first layout that is whole in a folder.
pub(crate) fn layout(item: &Item, folder: &Path) -> Option<usize> {
    let mut layouts = item.layouts.iter();
    layouts.position(|files| missing(files, folder).is_none())
}

fn missing<'a>(files: &[&'a str], folder: &Path) -> Option<&'a str> {
    let mut files = files.iter().copied();
    files.find(|file| present(folder, file).is_none())
}

/// Where a file lies in a folder, raw or with `.gz`; texts and databases are read raw only.
pub(super) fn present(folder: &Path, file: &str) -> Option<PathBuf> {
    let raw = file.ends_with(".txt") || file.ends_with(".lmdb");
    let packed = (!raw).then(|| folder.join(format!("{file}.gz")));
    let mut paths = [folder.join(file)].into_iter().chain(packed);
    paths.find(|path| path.exists() && !is_empty(path))
}

/// Refuses a file, or a link to nothing, where a folder should be.
fn not_in_the_way(folder: &Path) -> Result<(), TaskError> {
    match folder.symlink_metadata().is_ok() && !folder.is_dir() {
        true => Err(TaskError::Damaged {
            path: folder.to_owned(),
            expected: "a folder".to_owned(),
            found: "something else".to_owned(),
            way_out: "move it away".to_owned(),
        }),
        false => Ok(()),
    }
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
) -> Result<(PathBuf, Vec<u8>), TaskError> {
    let path = path_of(folder, file);
    let open = File::open(&path).map_err(TaskError::io("open", &path))?;
    // An archive's name ends in `.gz` as well: it is read as it is.
    let packed = path != folder.join(file);
    let bytes = read(open, packed, length).map_err(TaskError::io("read", &path))?;
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
    fn missing_data_says_where_it_was_looked_for_and_what_helps() {
        let data = DataDir::new("first").and_read_from("second");
        let error = data.find(&super::super::MNIST).unwrap_err();
        let TaskError::MissingData {
            item,
            tried,
            way_out,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((item.as_str(), tried.len()), ("mnist", 3));
        assert!(way_out.contains("train-images-idx3-ubyte") && way_out.contains("--data"));
    }

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
