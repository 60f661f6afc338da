//! A model in the cache that Python's `huggingface_hub` shares: `blobs/<etag>` holds the bytes,
//! `snapshots/<commit>/<file>` leads to them, `refs/<revision>` says which commit that is.

use crate::name::Name;
use std::fs::{self, File, TryLockError};
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

    /// A file at a revision, by what was last known of it.
    pub fn find(&self, revision: &str, file: &str) -> Option<PathBuf> {
        let commit = match is_commit(revision) {
            true => revision.to_owned(),
            false => fs::read_to_string(self.reference(revision)).ok()?,
        };
        Some(self.file(commit.trim(), file)).filter(|path| path.is_file())
    }

    pub fn file(&self, commit: &str, file: &str) -> PathBuf {
        self.model.join("snapshots").join(commit).join(file)
    }

    /// Where the bytes of that etag lie, or will.
    ///
    /// # Errors
    /// Where the disk refuses the folder.
    pub fn blob(&self, etag: &str) -> io::Result<PathBuf> {
        let folder = self.model.join("blobs");
        fs::create_dir_all(&folder)?;
        Ok(folder.join(etag))
    }

    /// Notes which commit the revision stands for.
    pub fn note(&self, revision: &str, commit: &str) -> io::Result<()> {
        if is_commit(revision) {
            return Ok(());
        }
        let path = self.reference(revision);
        make_room(&path)?;
        files::write_changed(&path, commit.as_bytes()).map(|_| ())
    }

    /// Enters a blob as a file of a commit.
    pub fn enter(&self, etag: &str, commit: &str, file: &str) -> io::Result<PathBuf> {
        let path = self.file(commit, file);
        make_room(&path)?;
        // Relative, so that the cache can be moved.
        let up = "../".repeat(2 + file.matches('/').count());
        lead(&path, Path::new(&format!("{up}blobs/{etag}")))?;
        Ok(path)
    }

    /// Keeps other processes, those in Python too, from writing the same blob; `None` where another
    /// one does so for longer than `patience`.
    pub fn lock(&self, etag: &str, patience: Duration) -> io::Result<Option<File>> {
        fs::create_dir_all(&self.locks)?;
        let file = File::create(self.locks.join(format!("{etag}.lock")))?;
        let start = Instant::now();
        while start.elapsed() < patience {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(50)),
            }
        }
        Ok(None)
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
    let mut bytes = File::open(folder.join(blob))?;
    files::write_with(path, |file| io::copy(&mut bytes, file).map(|_| ()))
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}
