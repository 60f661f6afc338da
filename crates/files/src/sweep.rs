//! What killed writers left.

use crate::there::if_there;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How names of files begin that are not whole yet.
pub const PREFIX: &str = ".part-";

/// Removes what killed writers left of the files with such names. Only for the one who writes those;
/// others may be writing files of other names into the folder. A folder that is not there is swept.
///
/// # Errors
/// Where the folder cannot be listed, or a file in it not be removed.
pub fn sweep(folder: &Path, is: impl Fn(&str) -> bool) -> io::Result<()> {
    for (path, of) in parts(folder)? {
        if is(&of) {
            if_there(fs::remove_file(&path))?;
        }
    }
    Ok(())
}

/// Removes what killed writers left and nobody has touched for longer than `age`, for folders that no lock
/// keeps others out of: what is younger may be being written.
///
/// # Errors
/// As [`sweep()`].
pub fn sweep_older(folder: &Path, age: Duration) -> io::Result<()> {
    for (path, _) in parts(folder)? {
        if is_older(&path, age)? {
            if_there(fs::remove_file(&path))?;
        }
    }
    Ok(())
}

/// Whether there is something in a folder that [`sweep_older`] would remove.
///
/// # Errors
/// Where the folder cannot be listed.
pub fn is_littered(folder: &Path, age: Duration) -> io::Result<bool> {
    for (path, _) in parts(folder)? {
        if is_older(&path, age)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_older(path: &Path, age: Duration) -> io::Result<bool> {
    // Settled or removed by its writer meanwhile.
    let Some(about) = if_there(fs::symlink_metadata(path))? else {
        return Ok(false);
    };
    // One from the future is young: clocks differ.
    let since = SystemTime::now().duration_since(about.modified()?);
    Ok(since.is_ok_and(|since| since > age))
}

/// What is not whole yet in a folder, each with the name of the file to be.
fn parts(folder: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut parts = Vec::new();
    let Some(entries) = if_there(fs::read_dir(folder))? else {
        return Ok(parts);
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str);
        if let Some(part) = name.and_then(|name| name.strip_prefix(PREFIX)) {
            let of = part.rsplit_once('-').map_or("", |(of, _)| of).to_owned();
            parts.push((path, of));
        }
    }
    Ok(parts)
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
    fn what_a_killed_writer_left_is_swept_away_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!("{PREFIX}x")), b"half").unwrap();
        fs::write(folder.path().join("a"), b"whole").unwrap();
        sweep(folder.path(), |_| true).unwrap();
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_may_be_being_written_is_told_by_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let [old, whole, young] = [".part-a-1", "a", ".part-a-2"].map(|name| {
            let path = folder.path().join(name);
            fs::write(&path, b"half").unwrap();
            path
        });
        let hour = Duration::from_secs(60 * 60);
        for path in [&old, &whole] {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - 2 * hour).unwrap();
        }
        sweep_older(folder.path(), hour).unwrap();
        assert!(!old.exists() && whole.exists() && young.exists());
        let none = folder.path().join("none");
        sweep_older(&none, hour).unwrap();
        sweep(&none, |_| true).unwrap();
        assert!(!none.exists());
    }

    #[test]
    fn parts_of_a_file_are_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a-1.kept", "b-1.kept"].map(|name| folder.path().join(name)) {
            // As a killed writer leaves it.
            crate::whole::begin(&path).unwrap().keep().unwrap();
        }
        sweep(folder.path(), |name| name == "a-1.kept").unwrap();
        let left = names(folder.path());
        assert!(left.len() == 1 && left[0].starts_with(&format!("{PREFIX}b-1.kept-")));
    }
}
