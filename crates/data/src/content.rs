//! What an item says, told from whatever else it could say.

use crate::error::DataError;
use crate::folder::DataDir;
use crate::item::{Item, Reads};
use crate::items::IMAGES;
use crate::present::present;
use crate::texts::texts;
use std::fs;
use std::path::{Path, PathBuf};

/// What is read: two equal digests are the same numbers to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The item's name, or the setting that names the folder. Never a path.
    pub name: &'static str,
    /// blake3, hex. Of images it covers pixels and labels, so it is the same from every source and in
    /// every layout; of other data, names and bytes of the files.
    pub digest: String,
    /// Whether it is what is published under the item's name.
    pub published: bool,
    /// Where it lies now.
    pub folder: PathBuf,
}

impl Content {
    /// The content of files in a folder that a setting of this name names.
    ///
    /// # Errors
    /// As [`DataDir::digest_of_files`].
    pub fn of_folder(
        name: &'static str,
        folder: &Path,
        files: &[PathBuf],
        data: &DataDir,
    ) -> Result<Self, DataError> {
        Ok(Self {
            name,
            digest: data.digest_of_files(folder, files)?,
            published: false,
            folder: folder.to_owned(),
        })
    }
}

impl DataDir {
    /// What lies here of an item; `None` where it is not here. Computed once for the same files.
    ///
    /// # Errors
    /// As those who read the item: files that are not as they came, damaged or unreadable.
    pub fn content(&self, item: &Item) -> Result<Option<Content>, DataError> {
        let folder = match self.find(item) {
            Ok(folder) => folder,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(error),
        };
        let images = IMAGES.iter().find(|set| set.item.name == item.name);
        let digest = match (item.reads, images) {
            (Reads::Images, Some(images)) => images.open(self)?.checksum,
            (Reads::Texts, _) => self.verified_digest(item, &folder, &texts(&folder)?)?,
            _ => self.verified_digest(item, &folder, &files(item, self)?)?,
        };
        Ok(Some(Content {
            name: item.name,
            published: match item.published {
                Some(published) => published == digest,
                None => self.is_from_a_source(item),
            },
            digest,
            folder,
        }))
    }
}

impl DataDir {
    /// Whether an item came from one of its sources and not from a folder of the user's: what is said of
    /// one whose published digest nobody has noted. Its files were compared with what came.
    fn is_from_a_source(&self, item: &Item) -> bool {
        let origin = self.origin(item);
        origin.is_some_and(|origin| {
            item.sources
                .iter()
                .any(|source| source.to_string() == origin)
        })
    }
}

/// The files of the layout in which an item is here.
fn files(item: &Item, data: &DataDir) -> Result<Vec<PathBuf>, DataError> {
    let (folder, layout) = data.locate(item)?;
    let mut files = Vec::new();
    for file in item.layouts[layout] {
        if let Some(path) = present(&folder, file) {
            below(path, &mut files)?;
        }
    }
    Ok(files)
}

/// A file, or all files of a folder.
fn below(path: PathBuf, files: &mut Vec<PathBuf>) -> Result<(), DataError> {
    if !path.is_dir() {
        // LMDB writes into its lock whenever somebody reads.
        if path.file_name() != Some("lock.mdb".as_ref()) {
            files.push(path);
        }
        return Ok(());
    }
    let mut entries = listed(&path)?;
    entries.sort();
    entries.into_iter().try_for_each(|path| below(path, files))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = fs::read_dir(folder).map_err(DataError::io("list", folder))?;
    let paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, _>>();
    paths.map_err(DataError::io("list", folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::{ENGLISH, HOMOLOGY, WIKITEXT};

    #[test]
    fn what_is_not_here_has_no_content() {
        let root = tempfile::tempdir().unwrap();
        for item in crate::ITEMS {
            let content = DataDir::new(root.path()).content(item).unwrap();
            assert_eq!(content, None, "{}", item.name);
        }
    }

    #[test]
    fn every_text_that_a_corpus_reads_counts() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let folder = root.path().join("english");
        for part in ENGLISH.layouts[0] {
            fs::create_dir_all(folder.join(part)).unwrap();
            fs::write(folder.join(part).join("1.txt"), part).unwrap();
        }
        let told = || data.content(&ENGLISH).unwrap().unwrap();
        let first = told();
        assert!(!first.published && first.folder == folder && first.name == "english");
        fs::write(folder.join("mine.txt"), "more").unwrap();
        assert_ne!(told().digest, first.digest);
        fs::remove_file(folder.join("mine.txt")).unwrap();
        fs::write(folder.join("notes.md"), "not read").unwrap();
        assert_eq!(told(), first);
    }

    #[test]
    fn files_of_the_layout_count_and_locks_do_not() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let told = |item| data.content(item).unwrap().unwrap().digest;
        for file in HOMOLOGY.layouts[1] {
            let folder = root.path().join("homology").join(file);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("data.mdb"), file).unwrap();
        }
        let first = told(&HOMOLOGY);
        let database = root.path().join("homology").join(HOMOLOGY.layouts[1][4]);
        fs::write(database.join("lock.mdb"), "somebody reads").unwrap();
        assert_eq!(told(&HOMOLOGY), first);
        fs::write(database.join("data.mdb"), "another").unwrap();
        assert_ne!(told(&HOMOLOGY), first);

        fs::create_dir(root.path().join("wikitext")).unwrap();
        for file in WIKITEXT.layouts[0] {
            fs::write(root.path().join("wikitext").join(file), file).unwrap();
        }
        let first = told(&WIKITEXT);
        fs::write(root.path().join("wikitext/test.txt"), "test.tx2").unwrap();
        assert_ne!(told(&WIKITEXT), first);
    }
}
