//! A file that cannot be read is not a file that is not there.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// A file's bytes; `None` only where there is no such file.
///
/// # Errors
/// When it is there and cannot be read, or nobody can tell.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if_there(bytes(path))
}

/// A file's bytes. What stands in a file's place and is none, such as a pipe, which would be waited for, is not read.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let (file, length) = regular(path)?;
    // A file's own way to read to its end asks for its length again, and where it stands: ten thousand jobs have fifty thousand files.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
    file.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file to read it, as [`bytes`].
///
/// # Errors
/// When there is none, or it cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    regular(path).map(|(file, _)| file)
}

/// A file, and how long it is.
fn regular(path: &Path) -> io::Result<(File, u64)> {
    let mut options = File::options();
    options.read(true);
    // Nobody is waited for who would write to a pipe.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    let about = file.metadata()?;
    match about.is_file() {
        true => Ok((file, about.len())),
        false if about.is_dir() => Err(io::Error::new(
            ErrorKind::IsADirectory,
            "a folder, where a file is expected",
        )),
        false => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "a pipe or a device, where a file is expected",
        )),
    }
}

/// Whether there is a file, or a link to one.
///
/// # Errors
/// When nobody can tell, as in a folder that may not be looked into.
pub fn is_file(path: &Path) -> io::Result<bool> {
    let about = if_there(fs::metadata(path))?;
    Ok(about.is_some_and(|about| about.is_file()))
}

pub(crate) fn if_there<T>(asked: io::Result<T>) -> io::Result<Option<T>> {
    match asked {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        assert_eq!(read(&file).unwrap(), None);
        assert!(!is_file(&file).unwrap());
        fs::write(&file, b"a").unwrap();
        assert_eq!(read(&file).unwrap().unwrap(), b"a");
        assert!(is_file(&file).unwrap() && !is_file(folder.path()).unwrap());
        // A folder in a file's place, a file in a folder's.
        assert!(read(folder.path()).is_err());
        // What has no end, and a pipe that nobody writes to.
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let pipe = folder.path().join("pipe");
            let name = std::ffi::CString::new(pipe.as_os_str().as_bytes()).unwrap();
            // SAFETY: the name is a string that lives as long as the call.
            assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
            for endless in [Path::new("/dev/zero"), &pipe] {
                let error = read(endless).unwrap_err().to_string();
                assert!(error.starts_with("a pipe or a device"), "{error}");
            }
        }
        assert!(read(&file.join("b")).is_err() && is_file(&file.join("b")).is_err());
    }
}
