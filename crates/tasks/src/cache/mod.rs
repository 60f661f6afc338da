//! What was decoded or generated once, kept in memory-mapped files beside the data.
//!
//! A file `<data root>/.cache/<name>-<key>.kept` holds named sections of bytes. Processes that use
//! it share its pages. It is only ever a copy: a file that is damaged, of an older version or made
//! from other sources is made again, and where none can be written the bytes are used from memory.
//! The checksum is verified whenever a file is opened (40 ms for the 184 MB of CIFAR-10).

mod fingerprint;
mod layout;
mod store;

pub(crate) use fingerprint::Fingerprint;
pub(crate) use store::{Builder, Section, Sections};

use crate::data::DataDir;
use crate::error::TaskError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const EXTENSION: &str = "kept";

/// The sections kept under `name` for sources with this fingerprint; `build` makes them where they
/// are not kept yet, once also when several processes ask at the same time.
///
/// What was kept under the name for other fingerprints is removed, so sets that are used side by
/// side (settings that are compared) need names of their own. A name has letters, digits and `-`.
///
/// # Errors
/// Those of `build`. That something cannot be kept is none: [`Sections::note`] tells why.
pub(crate) fn kept(
    data: &DataDir,
    name: &str,
    fingerprint: Fingerprint,
    build: impl FnOnce(&mut Builder) -> Result<(), TaskError>,
) -> Result<Sections, TaskError> {
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

fn path(folder: &Path, name: &str, print: &[u8; 32]) -> PathBuf {
    let key = print[..8].iter().map(|byte| format!("{byte:02x}"));
    folder.join(format!("{name}-{}.{EXTENSION}", key.collect::<String>()))
}

/// Holds until dropped; the file stays, since removing it would let two processes in.
fn lock(folder: &Path, name: &str) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join(format!(".{name}.lock")))?;
    file.lock()?;
    Ok(file)
}

fn write(builder: &Builder, folder: &Path, name: &str, print: &[u8; 32]) -> io::Result<Sections> {
    fs::create_dir_all(folder)?;
    remove(folder, |file| leftover(file, name));
    let prefix = format!(".{name}-");
    let mut part = tempfile::Builder::new();
    part.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any file: a data folder may be shared.
        part.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut part = part.tempfile_in(folder)?;
    layout::write(builder.sections(), print, part.as_file_mut())?;
    part.as_file().sync_all()?;
    let path = path(folder, name, print);
    part.persist(&path)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    remove(folder, |file| {
        of(file, name) && path.file_name().is_some_and(|kept| kept != file)
    });
    Sections::open(&path, print).ok_or_else(|| io::Error::other("what was written is not there"))
}

/// Whether a file was kept under this name, for whichever fingerprint.
fn of(file: &str, name: &str) -> bool {
    file.strip_prefix(name)
        .and_then(|rest| {
            rest.strip_prefix('-')?
                .strip_suffix(EXTENSION)?
                .strip_suffix('.')
        })
        .is_some_and(|key| key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a process that was killed left this file half written.
fn leftover(file: &str, name: &str) -> bool {
    file.strip_prefix('.')
        .and_then(|rest| {
            rest.strip_prefix(name)?
                .strip_prefix('-')?
                .strip_suffix(".part")
        })
        .is_some_and(|random| !random.contains('-'))
}

/// Removes files; one that cannot be removed only takes room.
fn remove(folder: &Path, unwanted: impl Fn(&str) -> bool) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        if file.file_name().to_str().is_some_and(&unwanted) {
            let _ = fs::remove_file(file.path());
        }
    }
}

#[cfg(test)]
mod tests;
