//! A job's folder, copied.

use std::fs;
use std::io;
use std::path::Path;

/// A job's folder without what says who runs it, on the disk when it returns.
pub fn copy(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let target = into.join(&name);
        let failing = |error: io::Error| {
            let (path, target) = (path.display(), target.display());
            io::Error::new(error.kind(), format!("{path} to {target}: {error}"))
        };
        match entry.file_type()?.is_dir() {
            true => copy(&path, &target)?,
            false if files::is_passing(&name.to_string_lossy()) => {}
            false => {
                let copied = fs::copy(&path, &target)
                    .and_then(|_| files::sync(&fs::File::open(&target)?, &target));
                copied.map_err(failing)?;
            }
        }
    }
    Ok(())
}
