use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The name of the file in a run's folder: TensorBoard takes what has `tfevents` in its name for an event file.
pub(super) const EVENTS: &str = "events.out.tfevents.0.fpt";

const MARK: &str = "tfevents";

/// What a folder holds that TensorBoard would show beside what is written into it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Event files of others in folders of runs: TensorBoard takes both for one run.
    pub inside: Vec<PathBuf>,
    /// Event files of others in the folder itself, or in folders that no run has.
    pub beside: Vec<PathBuf>,
    /// Folders that an earlier writing left, and no run has now.
    pub earlier: Vec<PathBuf>,
}

impl Neighbours {
    /// Looks into a folder, which need not exist, and the folders in it.
    ///
    /// # Errors
    /// Where one of them cannot be listed.
    pub fn of(dir: &Path, names: &[String]) -> io::Result<Self> {
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let mut found = Self {
            beside: event_files(dir)?,
            ..Self::default()
        };
        for folder in entries(dir)?.into_iter().filter(|path| path.is_dir()) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let is_run = names.contains(&*name);
            let (ours, theirs): (Vec<_>, Vec<_>) = event_files(&folder)?
                .into_iter()
                .partition(|path| path.ends_with(EVENTS));
            match is_run {
                true => found.inside.extend(theirs),
                false => {
                    found.beside.extend(theirs);
                    found.earlier.extend((!ours.is_empty()).then_some(folder));
                }
            }
        }
        Ok(found)
    }
}

fn event_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_events = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.contains(MARK) && !path.is_dir()
    };
    Ok(entries(folder)?.into_iter().filter(is_events).collect())
}

/// Sorted; none of a folder that is not there.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths: io::Result<BTreeSet<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    Ok(paths?.into_iter().collect())
}
