use super::fingerprint::Fingerprint;
use super::format;
use super::store::{Builder, Sections};
use crate::folder::DataDir;
use files::Lock;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const EXTENSION: &str = "kept";

/// The sections cached under `name` for sources with this fingerprint; `build` makes them where they
/// are not there yet, once also when several processes ask at the same time.
///
/// What was cached under the name for other fingerprints is removed, so sets that are used side by
/// side (settings that are compared) need names of their own. A name has letters, digits and `-`.
///
/// # Errors
/// Those of `build`. That something cannot be kept is none: [`Sections::note`] tells why.
pub fn cached<E>(
    data: &DataDir,
    name: &str,
    fingerprint: Fingerprint,
    build: impl FnOnce(&mut Builder) -> Result<(), E>,
) -> Result<Sections, E> {
    let folder = data.root().join(".cache");
    let print = fingerprint.finish();
    let path = path(&folder, name, &print);
    if let Some(sections) = Sections::open(&path, &print) {
        return Ok(sections);
    }
    // Without a lock (some network folders have none) two may build, and one file stays.
    let _lock = lock(&folder, name);
    if let Some(sections) = Sections::open(&path, &print) {
        return Ok(sections);
    }
    let mut builder = Builder::default();
    build(&mut builder)?;
    Ok(match write(&builder, &folder, name, &print) {
        Ok(sections) => sections,
        Err(error) => {
            let note = format!("cannot keep {name} in {}: {error}", folder.display());
            Sections::in_memory(builder, note)
        }
    })
}

pub(super) fn path(folder: &Path, name: &str, print: &[u8; 32]) -> PathBuf {
    let key = print[..8].iter().map(|byte| format!("{byte:02x}"));
    folder.join(format!("{name}-{}.{EXTENSION}", key.collect::<String>()))
}

fn lock(folder: &Path, name: &str) -> io::Result<Lock> {
    fs::create_dir_all(folder)?;
    Lock::take(&folder.join(format!(".{name}.lock")))
}

fn write(builder: &Builder, folder: &Path, name: &str, print: &[u8; 32]) -> io::Result<Sections> {
    fs::create_dir_all(folder)?;
    // What a killed process left of this name, which nobody else writes under the lock; what cannot be
    // removed only takes room.
    let _ = files::sweep(folder, |file| of(file, name));
    let path = path(folder, name, print);
    files::write_with(&path, |file| format::write(builder.sections(), print, file))?;
    remove_others(folder, name, &path);
    Sections::open(&path, print).ok_or_else(|| io::Error::other("what was written is not there"))
}

/// Whether a file was cached under this name, for whichever fingerprint.
fn of(file: &str, name: &str) -> bool {
    file.strip_prefix(name)
        .and_then(|rest| {
            rest.strip_prefix('-')?
                .strip_suffix(EXTENSION)?
                .strip_suffix('.')
        })
        .is_some_and(|key| key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Removes what was cached under this name in other files; one that cannot be removed only takes room.
fn remove_others(folder: &Path, name: &str, path: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        let found = file.file_name();
        let other = path.file_name() != Some(found.as_os_str());
        if other && found.to_str().is_some_and(|found| of(found, name)) {
            let _ = fs::remove_file(file.path());
        }
    }
}
