//! Folders that merges, second runs and removals move jobs to, as a kill leaves them.

use crate::anew;
use crate::commands::merge;
use files::Hold;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use training::JobId;

/// Removes what was left beside the profiles.
pub fn remove(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder)?;
    // Unless there is more of it.
    let _ = folder.parent().map(fs::remove_dir);
    Ok(())
}

/// From a folder that was left down to a job of a profile in it.
pub const DEEPEST: usize = 3;

/// Whether nobody is at work in a folder.
pub fn is_over(folder: &Path, depth: usize) -> bool {
    let is_inside_over = || {
        let inside = folders(folder);
        inside.is_ok_and(|inside| inside.iter().all(|inside| is_over(inside, depth - 1)))
    };
    matches!(Hold::holder(folder), Ok(None)) && (depth == 0 || is_inside_over())
}

/// The folders in a folder, by name.
pub fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.is_dir());
    paths.sort();
    Ok(paths)
}

/// Jobs that were moved into a folder to make place for other runs of them, and at which profile they were where that is known.
pub fn moved_away(folder: &Path, profiles: &[String]) -> Vec<(PathBuf, JobId, Option<String>)> {
    let of_merge = folders(folder).into_iter().flatten().filter_map(|before| {
        let name = before.file_name()?.to_string_lossy().into_owned();
        let (id, profile) = merge::moved_away(&name)?;
        Some((before, id, profile))
    });
    let of_second_run = anew::first_run(folder).map(|(before, id)| {
        let profile = profiles.iter().find(|name| folder.join(name).is_dir());
        (before, id, profile.cloned())
    });
    of_merge.chain(of_second_run).collect()
}
