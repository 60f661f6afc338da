use crate::ResultsError;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use tempfile::Builder;

const PREFIX: &str = ".part-";

/// Writes a whole file so that a reader, or a run after a crash, sees the old bytes or the new
/// ones and nothing between: a temporary name in the same folder, synced, then renamed.
///
/// # Errors
/// [`ResultsError::Io`] where the folder does not exist or the disk refuses.
pub fn atomic_write(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    // Temporary files are private by default; results are shared, as the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder
        .tempfile_in(folder)
        .map_err(ResultsError::io("write in", folder))?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(ResultsError::io("write", path))?;
    file.persist(path)
        .map_err(|error| ResultsError::io("rename to", path)(error.error))?;
    // The rename itself is safe from a power cut once the folder is synced; some file systems
    // cannot do that, and have nothing to lose by it.
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Removes what killed writers left in a folder. Only for the holder of the folder's lock.
pub(crate) fn sweep(folder: &Path) -> Result<(), ResultsError> {
    for entry in fs::read_dir(folder).map_err(ResultsError::io("list", folder))? {
        let path = entry.map_err(ResultsError::io("list", folder))?.path();
        let name = path.file_name().and_then(OsStr::to_str);
        if name.is_some_and(|name| name.starts_with(PREFIX)) {
            fs::remove_file(&path).map_err(ResultsError::io("remove", &path))?;
        }
    }
    Ok(())
}
