//! Replacing a file.

use crate::sweep::PREFIX;
use crate::sync::sync;
use crate::there;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// Replaces the file by these bytes.
///
/// # Errors
/// Where the folder does not exist or the disk refuses; the old file is then as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// Replaces the file by what `fill` writes, for content that should not be in memory at once.
///
/// # Errors
/// Those of `fill` and of [`write()`].
pub fn write_with(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut part = begin(path)?;
    fill(part.as_file_mut())?;
    settle(part, path)
}

/// Replaces the file by what `fill` writes at the path it is given, for libraries that open files
/// themselves. Some of them make files that only their owner can read; this one is for all whom the umask
/// lets.
///
/// # Errors
/// Those of `fill`, and of [`write()`] by way of `E`.
pub fn write_at<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let part = begin(path)?;
    let permissions = part.as_file().metadata()?.permissions();
    fill(part.path())?;
    // Not the file that was begun where the library has put another in its place.
    let file = File::options().read(true).write(true).open(part.path())?;
    file.set_permissions(permissions)?;
    sync(&file, path)?;
    rename(part, path)?;
    sync_folder(path);
    Ok(())
}

/// As [`write()`], but a file that holds these bytes already is left alone. Whether it was written.
///
/// # Errors
/// As [`write()`].
pub fn write_changed(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if there::read(path).is_ok_and(|old| old.as_deref() == Some(bytes)) {
        return Ok(false);
    }
    write(path, bytes)?;
    Ok(true)
}

/// A file beside `path` that [`settle`] puts into its place; gone when it is dropped before.
///
/// # Errors
/// Where the folder does not exist or the disk refuses.
pub fn begin(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{PREFIX}{name}-");
    builder.prefix(&prefix);
    // Temporary files are private by default; what is written here is shared, as the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder_of(path))
}

/// Syncs what was written and renames it to `path`.
///
/// # Errors
/// Where the disk refuses; the old file is then as it was.
pub fn settle(part: NamedTempFile, path: &Path) -> io::Result<()> {
    sync(part.as_file(), path)?;
    rename(part, path)?;
    sync_folder(path);
    Ok(())
}

/// By the standard library, whose calls a test can have go wrong; the temporary file is taken away where that fails.
fn rename(part: NamedTempFile, path: &Path) -> io::Result<()> {
    let part = part.into_temp_path();
    fs::rename(&part, path)?;
    // Nothing has its old name any more.
    let _ = part.keep();
    Ok(())
}

/// As [`settle`], for a file that others want to find under a name of theirs until it is whole.
///
/// # Errors
/// As [`settle`].
pub fn put(file: &File, part: &Path, path: &Path) -> io::Result<()> {
    sync(file, path)?;
    fs::rename(part, path)?;
    sync_folder(path);
    Ok(())
}

/// Syncs the folder in which something has got a new name: a rename is safe from a power cut once that is done. Some file systems
/// cannot do it, and have nothing to lose by it.
pub fn sync_folder(path: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_writer_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"old").unwrap();
        let failed = write_with(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        let failed = write_at(&path, |part| {
            fs::write(part, b"ne")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_file_that_would_not_change_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(write_changed(&path, b"1").unwrap());
        assert!(!write_changed(&path, b"1").unwrap());
        assert!(write_changed(&path, b"2").unwrap());
        assert!(write(&folder.path().join("none/a"), b"1").is_err());
    }

    /// However it is written, new or over one that only its owner could read: a group's folder is of use
    /// to the group.
    #[cfg(unix)]
    #[test]
    fn what_is_written_can_be_read_by_whom_the_umask_lets() {
        use std::os::unix::fs::PermissionsExt;
        type Way = fn(&Path) -> io::Result<()>;
        let ways: [(&str, Way); 5] = [
            ("write", |path| write(path, b"a")),
            ("write_changed", |path| write_changed(path, b"a").map(drop)),
            ("write_with", |path| {
                write_with(path, |file| file.write_all(b"a"))
            }),
            ("write_at", |path| {
                write_at(path, |part| fs::write(part, b"a"))
            }),
            // As the library for safetensors does.
            ("write_at by a library that renames", |path| {
                write_at(path, |part| {
                    let own = NamedTempFile::new_in(folder_of(part))?;
                    fs::write(own.path(), b"a")?;
                    own.persist(part)?;
                    Ok(())
                })
            }),
        ];
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, b"a").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for (name, way) in ways {
            let [fresh, old] =
                ["fresh", "old"].map(|old| folder.path().join(format!("{name}-{old}")));
            fs::write(&old, b"old").unwrap();
            fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
            for path in [fresh, old] {
                way(&path).unwrap();
                assert_eq!(mode(&path), mode(&plain), "{name}");
                assert_eq!(fs::read(&path).unwrap(), b"a");
            }
        }
    }
}
