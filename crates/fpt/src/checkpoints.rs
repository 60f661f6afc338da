use crate::print;
use data::DataDir;
use hub::{Hub, Name, Progress};
use std::path::{Path, PathBuf};
use study::CheckpointContent;
use training::Checkpoint;

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

/// What a checkpoint is: of the hub, only its config is asked for, so weights that were not downloaded yet
/// have no digest.
pub fn look(name: &str, data: &DataDir) -> Result<CheckpointContent, String> {
    let mut commit = None;
    let folder = find(name, |hub, name| {
        let found = hub.config(name)?;
        commit = Some(found.commit);
        Ok(found.folder)
    })?;
    let config = backbone::read_config(&folder).map_err(|error| error.to_string())?;
    let content = match (digest(&folder, data), &commit) {
        (Ok(content), _) => Some(content),
        (Err(_), Some(_)) => None,
        (Err(why), None) => return Err(why),
    };
    Ok(CheckpointContent {
        content,
        commit,
        config,
    })
}

/// The folder of a job's checkpoint, which holds what the job is named by.
pub fn planned(checkpoint: &Checkpoint, data: &DataDir) -> Result<PathBuf, String> {
    let Checkpoint {
        source,
        content,
        commit,
    } = checkpoint;
    let Some(content) = content else {
        // Why it could not be looked at, if it still cannot.
        digest(&folder(source)?, data)?;
        return Err(
            "it was not here when the job was planned, or by an earlier version: run its study again"
                .to_owned(),
        );
    };
    let folder = match commit {
        Some(commit) => {
            let repository = source.split('@').next().unwrap_or(source);
            folder(&format!("{repository}@{commit}"))?
        }
        None => folder(source)?,
    };
    let found = digest(&folder, data)?;
    match found == *content {
        true => Ok(folder),
        false => Err(format!(
            "it holds another config or other weights than when the job was planned ({} then, {} now): run its \
             study again, which plans it anew",
            short(content),
            short(&found)
        )),
    }
}

/// Digest of what is read of a checkpoint's folder.
fn digest(folder: &Path, data: &DataDir) -> Result<String, String> {
    let files = backbone::checkpoint_files(folder).map_err(|error| error.to_string())?;
    data.digest_of_files(folder, &files)
        .map_err(|error| error.to_string())
}

/// The beginning of a digest or a commit, for people.
pub fn short(sum: &str) -> &str {
    sum.get(..12).unwrap_or(sum)
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
    let here = std::env::current_dir().unwrap_or_default();
    ask(&Hub::from_env(), &name).map_err(|error| {
        format!(
            "no folder `{name}` in {}, and as a name on the hub: {error}",
            here.display()
        )
    })
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
