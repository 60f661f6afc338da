//! A note beside an item's files: where they are from, and what they were when they came.

use crate::error::{DataError, Mismatch};
use crate::hash::of_file;
use crate::hint;
use crate::item::Item;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// No task reads it: corpora read files that end in .txt.
pub(crate) const NOTE: &str = "source.toml";

#[derive(Serialize, Deserialize)]
struct Note {
    source: String,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    citation: String,
    /// Every file by its path in the folder, with `/`; notes of earlier versions have none.
    #[serde(default)]
    files: BTreeMap<String, Sum>,
}

#[derive(Serialize, Deserialize)]
struct Sum {
    bytes: u64,
    /// Hex.
    blake3: String,
}

/// How closely files are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Sizes,
    Contents,
}

/// Notes what has been made in `folder`.
pub(crate) fn write(item: &Item, source: &str, folder: &Path) -> Result<(), DataError> {
    let mut files = BTreeMap::new();
    sums(folder, "", &mut files)?;
    let note = Note {
        source: source.to_owned(),
        licence: item.licence.to_owned(),
        citation: item.citation.to_owned(),
        files,
    };
    let path = folder.join(NOTE);
    let text = toml::to_string(&note).unwrap_or_default();
    files::write(&path, text.as_bytes()).map_err(DataError::io("write", &path))
}

/// The source of what is in a folder; `None` where it was put there by hand.
pub(crate) fn read(item: &Item, folder: &Path) -> Option<String> {
    Some(note(item, folder).ok()?.ok()??.source)
}

/// Compares the files of a folder with what was noted when they came; nothing was noted of files put
/// there by hand.
///
/// # Errors
/// [`DataError::Damaged`] with the first file that is another or gone.
pub(crate) fn check(item: &Item, folder: &Path, look: Look) -> Result<(), DataError> {
    let damaged = |path, mismatch: Mismatch| DataError::Damaged {
        path,
        expected: mismatch.expected,
        found: mismatch.found,
        way_out: format!(
            "delete {} and run {} to get it again",
            folder.display(),
            hint::fetch(item.name)
        ),
    };
    let noted = match note(item, folder)? {
        Ok(note) => note.map(|note| note.files).unwrap_or_default(),
        Err(problem) => {
            let mismatch = Mismatch::new("a note on where this is from", problem);
            return Err(damaged(folder.join(NOTE), mismatch));
        }
    };
    for (name, sum) in noted {
        let path = folder.join(&name);
        let found = match fs::metadata(&path) {
            Ok(about) if about.is_file() && about.len() == sum.bytes => None,
            Ok(about) if about.is_file() => Some(about.len().to_string()),
            Ok(_) => Some("a folder".to_owned()),
            Err(error) if is_absent(&error) => Some("no file".to_owned()),
            Err(error) => return Err(DataError::io("look at", &path)(error)),
        };
        let mismatch = match found {
            Some(found) => Mismatch::new(format!("{} bytes", sum.bytes), found),
            None if look == Look::Sizes => continue,
            None => match hash(&path)? {
                same if same == sum.blake3 => continue,
                other => Mismatch::new(format!("blake3 {}", sum.blake3), other),
            },
        };
        return Err(damaged(path, mismatch));
    }
    Ok(())
}

/// The note in an item's folder; none where there is none, or where the folder is the user's and
/// only holds the item's files among others. The inner error is of what is no note.
fn note(item: &Item, folder: &Path) -> Result<Result<Option<Note>, String>, DataError> {
    if folder.file_name() != Some(item.name.as_ref()) {
        return Ok(Ok(None));
    }
    let path = folder.join(NOTE);
    match files::read(&path) {
        Ok(Some(text)) => Ok(toml::from_slice(&text)
            .map(Some)
            .map_err(|error| error.message().to_owned())),
        Ok(None) => Ok(Ok(None)),
        Err(error) if is_absent(&error) => Ok(Ok(None)),
        Err(error) => Err(DataError::io("read", &path)(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Sums of all files below `folder`, which is called `prefix` in them.
fn sums(folder: &Path, prefix: &str, into: &mut BTreeMap<String, Sum>) -> Result<(), DataError> {
    for entry in fs::read_dir(folder).map_err(DataError::io("list", folder))? {
        let path = entry.map_err(DataError::io("list", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            sums(&path, &format!("{name}/"), into)?;
        } else {
            let about = fs::metadata(&path).map_err(DataError::io("look at", &path))?;
            let sum = Sum {
                bytes: about.len(),
                blake3: hash(&path)?,
            };
            into.insert(name, sum);
        }
    }
    Ok(())
}

fn hash(path: &Path) -> Result<String, DataError> {
    Ok(of_file(path)?.to_hex().to_string())
}
