//! Where an option says that something goes.

use crate::exit::{Failing, Problem};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes these bytes to a file, whole, or into whatever else is there: a pipe, a device.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let what = format!("write {}", path.display());
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut into = OpenOptions::new().write(true).open(path).failing(&what)?;
        return into.write_all(bytes).failing(&what);
    }
    let file = file(path)?;
    files::write_changed(&file, bytes).map(drop).failing(&what)
}

/// The file that is meant, which may be behind a link.
pub fn file(path: &Path) -> Result<PathBuf, Problem> {
    let shown = path.display();
    match fs::metadata(path) {
        _ if path.as_os_str().is_empty() => Err(Problem::Asked(
            "a file has a name, and this is none".to_owned(),
        )),
        Ok(there) if there.is_dir() => Err(Problem::Asked(format!(
            "{shown} is a folder: name a file in it"
        ))),
        Ok(there) if !there.is_file() => Err(Problem::Asked(format!(
            "{shown} is no file, and this format needs one"
        ))),
        Ok(_) => fs::canonicalize(path).failing(&format!("find {shown}")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            match folder.filter(|folder| !folder.is_dir()) {
                Some(folder) => Err(Problem::Asked(format!(
                    "{shown}: there is no folder {}",
                    folder.display()
                ))),
                None => Ok(path.to_owned()),
            }
        }
        Err(error) => Err(error).failing(&format!("look at {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_and_what_is_no_file_is_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("new"), b"1").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("new"), at("link")).unwrap();
            write(&at("link"), b"2").unwrap();
            assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
            assert_eq!(fs::read(at("new")).unwrap(), b"2");
            write(Path::new("/dev/null"), b"3").unwrap();
            assert!(file(Path::new("/dev/null")).is_err());
        }
        for (bad, says) in [
            (at(""), "is a folder"),
            (at("no/where"), "there is no folder"),
        ] {
            let error = write(&bad, b"").unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(error.exit(), crate::exit::Exit::BadInput);
        }
    }
}
