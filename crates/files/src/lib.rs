//! The one way to write a file whole: a reader, or a run after a crash, sees the old bytes or the new
//! ones and nothing between.
//!
//! A temporary name in the same folder, synced, then renamed. What a killed writer leaves carries
//! [`PREFIX`] and the name of the file it was to become, and is swept away by whoever is the one to write
//! that file ([`sweep`]).

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// How names of files begin that are not whole yet.
pub const PREFIX: &str = ".part-";

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

/// As [`write()`], but a file that holds these bytes already is left alone. Whether it was written.
///
/// # Errors
/// As [`write()`].
pub fn write_changed(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
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
    part.as_file().sync_all()?;
    part.persist(path).map_err(|error| error.error)?;
    // The rename itself is safe from a power cut once the folder is synced; some file systems
    // cannot do that, and have nothing to lose by it.
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Removes what killed writers left of the files with such names. Only for the one who writes those;
/// others may be writing files of other names into the folder.
///
/// # Errors
/// Where the folder cannot be listed, or a file in it not be removed.
pub fn sweep(folder: &Path, is: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str);
        let part = name.and_then(|name| name.strip_prefix(PREFIX));
        let of = part.map(|part| part.rsplit_once('-').map_or("", |(of, _)| of));
        if of.is_some_and(&is) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
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

    #[test]
    fn what_a_killed_writer_left_is_swept_away_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!("{PREFIX}x")), b"half").unwrap();
        fs::write(folder.path().join("a"), b"whole").unwrap();
        sweep(folder.path(), |_| true).unwrap();
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn parts_of_a_file_are_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a-1.kept", "b-1.kept"].map(|name| folder.path().join(name)) {
            // As a killed writer leaves it.
            begin(&path).unwrap().keep().unwrap();
        }
        sweep(folder.path(), |name| name == "a-1.kept").unwrap();
        let left = names(folder.path());
        assert!(left.len() == 1 && left[0].starts_with(&format!("{PREFIX}b-1.kept-")));
    }
}
