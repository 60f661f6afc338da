//! What killed writers left.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

/// How names of files begin that are not whole yet.
pub const PREFIX: &str = ".part-";

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
