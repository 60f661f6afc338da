//! A model in the cache that Python's `huggingface_hub` shares: `blobs/<etag>` holds the bytes,
//! `snapshots/<commit>/<file>` leads to them, `refs/<revision>` says which commit that is.

use crate::error::HubError;
use crate::name::Name;
use files::Lock;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The folders of one model.
pub(crate) struct ModelCache {
    model: PathBuf,
    locks: PathBuf,
}

impl ModelCache {
    pub fn of(cache: &Path, name: &Name) -> Self {
        let model = format!("models--{}--{}", name.owner, name.name);
        Self {
            locks: cache.join(".locks").join(&model),
            model: cache.join(model),
        }
    }

    /// A file at a revision, by what was last known of it; `None` where nothing is.
    ///
    /// # Errors
    /// When something is there and cannot be read.
    pub fn find(&self, revision: &str, file: &str) -> Result<Option<PathBuf>, HubError> {
        let commit = match is_commit(revision) {
            true => revision.to_owned(),
            false => {
                let path = self.reference(revision);
                match files::read(&path).map_err(HubError::disk(&path))? {
                    Some(commit) => String::from_utf8_lossy(&commit).into_owned(),
                    None => return Ok(None),
                }
            }
        };
        let path = self.file(commit.trim(), file);
        let is_there = files::is_file(&path).map_err(HubError::disk(&path))?;
        Ok(is_there.then_some(path))
    }

    pub fn file(&self, commit: &str, file: &str) -> PathBuf {
        self.model.join("snapshots").join(commit).join(file)
    }

    /// Where the bytes of that etag lie, or will.
    ///
    /// # Errors
    /// Where the disk refuses the folder.
    pub fn blob(&self, etag: &str) -> Result<PathBuf, HubError> {
        let folder = self.model.join("blobs");
        fs::create_dir_all(&folder).map_err(HubError::disk(&folder))?;
        Ok(folder.join(etag))
    }

    /// Notes which commit the revision stands for.
    pub fn note(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if is_commit(revision) {
            return Ok(());
        }
        let path = self.reference(revision);
        let noted = make_room(&path).and_then(|()| files::write_changed(&path, commit.as_bytes()));
        noted.map(drop).map_err(HubError::disk(&path))
    }

    /// Enters a blob as a file of a commit.
    pub fn enter(&self, etag: &str, commit: &str, file: &str) -> Result<PathBuf, HubError> {
        let path = self.file(commit, file);
        // Relative, so that the cache can be moved.
        let up = "../".repeat(2 + file.matches('/').count());
        let blob = format!("{up}blobs/{etag}");
        let entered = make_room(&path).and_then(|()| lead(&path, Path::new(&blob)));
        entered.map_err(HubError::disk(&path))?;
        Ok(path)
    }

    /// Keeps other processes, those in Python too, from writing the same blob.
    ///
    /// # Errors
    /// [`HubError::Busy`] where another one does so for longer than `patience`.
    pub fn lock(&self, etag: &str, patience: Duration) -> Result<Lock, HubError> {
        fs::create_dir_all(&self.locks).map_err(HubError::disk(&self.locks))?;
        let path = self.locks.join(format!("{etag}.lock"));
        let start = Instant::now();
        while start.elapsed() < patience {
            match Lock::try_take(&path).map_err(HubError::disk(&path))? {
                Some(lock) => return Ok(lock),
                None => thread::sleep(Duration::from_millis(50)),
            }
        }
        let seconds = patience.as_secs();
        Err(HubError::Busy { path, seconds })
    }

    fn reference(&self, revision: &str) -> PathBuf {
        self.model.join("refs").join(revision)
    }
}

fn make_room(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

#[cfg(unix)]
fn lead(path: &Path, blob: &Path) -> io::Result<()> {
    if fs::read_link(path).is_ok_and(|old| old == blob) {
        return Ok(());
    }
    let _ = fs::remove_file(path);
    match std::os::unix::fs::symlink(blob, path) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Where links need rights of their own, the file is a copy.
#[cfg(not(unix))]
fn lead(path: &Path, blob: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut bytes = files::open(&folder.join(blob))?;
    files::write_with(path, |file| io::copy(&mut bytes, file).map(|_| ()))
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}
