use std::path::PathBuf;

/// The folder of a checkpoint, by its path or its name on the hub.
pub fn folder(name: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(name);
    match folder.is_dir() {
        true => Ok(folder),
        false => Err(format!("`{name}` is no folder")),
    }
}
