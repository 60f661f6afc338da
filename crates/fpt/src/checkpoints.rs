use crate::print;
use backbone::BodyConfig;
use hub::{Hub, Name, Progress};
use std::path::PathBuf;

const REFERENCE: &str = "reference.safetensors";

/// The folder of a checkpoint, by its path or its name on the hub; what is not here is downloaded.
pub fn folder(name: &str) -> Result<PathBuf, String> {
    find(name, |hub, name| {
        let mut said = String::new();
        let found = hub.checkpoint(name, backbone::shards, &mut |progress| {
            tell(&mut said, &progress);
        })?;
        if !said.is_empty() {
            print::note(format_args!("{name}: revision {}", found.commit));
        }
        Ok(found.folder)
    })
}

/// As [`folder`], with the reference that the repository may have.
pub fn folder_with_reference(name: &str) -> Result<PathBuf, String> {
    let folder = folder(name)?;
    find(name, |hub, name| {
        let commit = folder.file_name().unwrap_or_default().to_string_lossy();
        if !folder.join(REFERENCE).is_file() {
            // Where there is none, comparing will say so.
            let _ = hub.beside(name, &commit, REFERENCE);
        }
        Ok(folder.clone())
    })
}

/// A checkpoint's shape. Of the hub, only its config is asked for.
pub fn config(name: &str) -> Result<BodyConfig, String> {
    let folder = find(name, |hub, name| Ok(hub.config(name)?.folder))?;
    backbone::read_config(&folder).map_err(|error| error.to_string())
}

fn find(
    name: &str,
    ask: impl FnOnce(&Hub, &Name) -> Result<PathBuf, hub::HubError>,
) -> Result<PathBuf, String> {
    let folder = PathBuf::from(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    let name: Name = name
        .parse()
        .map_err(|error| format!("`{name}` is no folder here, and {error}"))?;
    ask(&Hub::from_env(), &name).map_err(|error| error.to_string())
}

/// A line when a file of some size starts, and one when it is here.
fn tell(said: &mut String, progress: &Progress) {
    let Some(total) = progress.total.filter(|total| *total > 1_000_000) else {
        return;
    };
    let megabytes = total as f64 / 1e6;
    if *said != progress.file {
        said.clone_from(&progress.file);
        let file = &progress.file;
        print::note(format_args!(
            "getting {file}, {megabytes:.0} MB, from the hub"
        ));
    }
}
