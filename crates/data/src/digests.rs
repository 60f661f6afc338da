//! Digests of files, computed once for files that have not changed since.

use crate::cache::{Builder, Fingerprint, cached};
use crate::error::DataError;
use crate::folder::DataDir;
use crate::hash::of_file;
use crate::item::Item;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const DIGEST: &str = "digest";

/// A file that changed so short ago may change again within what its disk can tell apart (FAT: two
/// seconds), so its digest is not kept.
const FRESH: Duration = Duration::from_secs(2);

impl DataDir {
    /// blake3, hex, over these files: their names below `folder`, with `/`, and what is in them, in the
    /// order given. It is kept for as long as the files are those of the same path, length, inode and
    /// times of change.
    ///
    /// # Errors
    /// A file that is not there or cannot be read.
    pub fn digest_of_files(&self, folder: &Path, files: &[PathBuf]) -> Result<String, DataError> {
        self.digest_after(folder, files, || Ok(()))
    }

    /// As [`digest_of_files`](Self::digest_of_files), of files that are as the item came.
    pub(crate) fn verified_digest(
        &self,
        item: &Item,
        folder: &Path,
        files: &[PathBuf],
    ) -> Result<String, DataError> {
        self.digest_after(folder, files, || self.verified(item).map(drop))
    }

    fn digest_after(
        &self,
        folder: &Path,
        files: &[PathBuf],
        check: impl FnOnce() -> Result<(), DataError>,
    ) -> Result<String, DataError> {
        let here = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut name = Fingerprint::new("digests").and(here.as_os_str().as_encoded_bytes());
        let mut print = Fingerprint::new("digests 1");
        let mut fresh = false;
        for path in files {
            name = name.and(shown(folder, path).as_bytes());
            print = print.and_file(path)?;
            fresh |= is_fresh(path)?;
        }
        if fresh {
            check()?;
            return digest(folder, files);
        }
        let build = |builder: &mut Builder| -> Result<(), DataError> {
            check()?;
            builder.section(DIGEST, digest(folder, files)?.into_bytes());
            Ok(())
        };
        let sections = cached(self, &name.name(DIGEST), print, build)?;
        Ok(String::from_utf8_lossy(&sections.get(DIGEST)).into_owned())
    }
}

fn digest(folder: &Path, files: &[PathBuf]) -> Result<String, DataError> {
    let mut all = blake3::Hasher::new();
    for path in files {
        let name = shown(folder, path);
        all.update(&(name.len() as u64).to_le_bytes());
        all.update(name.as_bytes());
        all.update(of_file(path)?.as_bytes());
    }
    Ok(all.finalize().to_hex().to_string())
}

/// A file's name below a folder, the same on every system.
fn shown(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path).components();
    let parts = below.map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a file changed just now, or as its clock says in the future.
fn is_fresh(path: &Path) -> Result<bool, DataError> {
    let about = fs::metadata(path).map_err(DataError::io("look at", path))?;
    let changed = about.modified().map_err(DataError::io("look at", path))?;
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt;
        let seconds = u64::try_from(about.ctime()).unwrap_or(0);
        changed.max(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    };
    let age = SystemTime::now().duration_since(changed);
    Ok(age.map_or(true, |age| age <= FRESH))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _root: tempfile::TempDir,
        data: DataDir,
        folder: PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join("texts");
            fs::create_dir_all(folder.join("b")).unwrap();
            fs::write(folder.join("a"), "one").unwrap();
            fs::write(folder.join("b/c"), "two").unwrap();
            Self {
                data: DataDir::new(root.path().join("data")),
                folder,
                _root: root,
            }
        }

        fn digest(&self) -> String {
            self.digest_of(&self.folder)
        }

        fn digest_of(&self, folder: &Path) -> String {
            let files = ["a", "b/c"].map(|file| folder.join(file));
            self.data.digest_of_files(folder, &files).unwrap()
        }

        /// Files of the cache that hold a digest.
        fn kept(&self) -> usize {
            let files = fs::read_dir(self.data.root().join(".cache"));
            let names = files
                .into_iter()
                .flatten()
                .flatten()
                .map(|file| file.file_name());
            names
                .filter(|name| name.to_string_lossy().ends_with(".kept"))
                .count()
        }
    }

    fn age() {
        std::thread::sleep(FRESH + Duration::from_millis(1100));
    }

    #[test]
    fn a_changed_byte_is_another_digest_however_soon_and_whatever_the_clock_says() {
        let place = Place::new();
        let changed = place.folder.join("b/c");
        let time = fs::metadata(&changed).unwrap().modified().unwrap();
        let first = place.digest();
        // At once: within what a disk may tell apart.
        fs::write(&changed, "tow").unwrap();
        let second = place.digest();
        assert_ne!(first, second);
        assert_eq!(place.kept(), 0, "nothing is kept of what is fresh");
        // After it was kept, with its length and its time of change as they were.
        age();
        assert_eq!(place.digest(), second);
        assert_eq!(place.kept(), 1);
        fs::write(&changed, "two").unwrap();
        let file = fs::File::options().write(true).open(&changed).unwrap();
        file.set_modified(time).unwrap();
        assert_eq!(place.digest(), first);
        age();
        assert_eq!(place.digest(), first);
        assert_eq!(place.kept(), 1, "the newer one takes the place");
    }

    #[test]
    fn another_place_is_the_same_digest_and_another_name_is_not() {
        let place = Place::new();
        let first = place.digest();
        let moved = place.folder.with_file_name("elsewhere");
        fs::rename(&place.folder, &moved).unwrap();
        assert_eq!(place.digest_of(&moved), first);
        fs::rename(moved.join("a"), moved.join("d")).unwrap();
        let files = ["d", "b/c"].map(|file| moved.join(file));
        assert_ne!(place.data.digest_of_files(&moved, &files).unwrap(), first);
        let gone = place.data.digest_of_files(&moved, &[moved.join("a")]);
        assert!(gone.unwrap_err().to_string().contains("elsewhere/a"));
    }

    #[test]
    fn where_nothing_can_be_kept_it_is_computed_again() {
        let place = Place::new();
        fs::create_dir(place.data.root()).unwrap();
        fs::write(place.data.root().join(".cache"), "in the way").unwrap();
        age();
        assert_eq!(place.digest(), place.digest());
    }
}
