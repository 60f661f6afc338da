use crate::lacks::{Lack, note};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Held by one process; let go when dropped, also by a kill. The file stays, since removing it would let
/// two processes in.
///
/// Where the file system has no locks everybody gets one: [`Lock::excludes`] says so, and
/// [`lacks`](crate::lacks).
#[derive(Debug)]
pub struct Lock {
    _file: File,
    excludes: bool,
}

impl Lock {
    /// The lock in a file, which is made where it is missing; `None` while another holds it.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self::of(file, true))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Self::without(file, path, error).map(Some),
        }
    }

    /// As [`Lock::try_take`], but waits for whoever holds it.
    ///
    /// # Errors
    /// As [`Lock::try_take`].
    pub fn take(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        match file.lock() {
            Ok(()) => Ok(Self::of(file, true)),
            Err(error) => Self::without(file, path, error),
        }
    }

    /// Whether it keeps others out.
    pub fn excludes(&self) -> bool {
        self.excludes
    }

    fn of(file: File, excludes: bool) -> Self {
        Self {
            _file: file,
            excludes,
        }
    }

    fn without(file: File, path: &Path, error: io::Error) -> io::Result<Self> {
        if !is_unknown(&error) {
            return Err(error);
        }
        note(Lack::Locks, path, &error);
        Ok(Self::of(file, false))
    }
}

/// A file that another user of a group's folder made can be locked, too, though not be written.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let options = options.create(true).truncate(false).write(true);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            File::open(path).map_err(|_| error)
        }
        opened => opened,
    }
}

/// Whether a file system says that it has no locks, or no server for them: ENOSYS, EOPNOTSUPP, EINVAL,
/// ENOLCK.
fn is_unknown(error: &io::Error) -> bool {
    #[cfg(unix)]
    let no_server = error.raw_os_error() == Some(libc::ENOLCK);
    #[cfg(not(unix))]
    let no_server = false;
    let kind = error.kind();
    no_server || matches!(kind, ErrorKind::Unsupported | ErrorKind::InvalidInput)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn one_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::try_take(&path).unwrap().unwrap();
        assert!(held.excludes());
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(held);
        Lock::take(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_system_without_locks_is_told_from_one_that_fails() {
        let error = io::Error::from_raw_os_error;
        for without in [libc::ENOSYS, libc::ENOLCK, libc::EOPNOTSUPP, libc::EINVAL] {
            assert!(is_unknown(&error(without)), "{without}");
        }
        for trouble in [libc::EIO, libc::EBADF, libc::EACCES, libc::EINTR] {
            assert!(!is_unknown(&error(trouble)), "{trouble}");
        }
    }
}
