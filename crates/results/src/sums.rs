//! The checksums of what a job left, as `b3sum --check sums.b3` reads them.

use crate::error::{ResultsError, if_there};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// In a job's folder.
pub(crate) const SUMS: &str = "sums.b3";

/// What is not summed: names that others write to when a job has ended, and what says nothing of its result.
const PASSING: [&str; 5] = ["job.toml", "log", "seconds", "failed.txt", SUMS];

/// The sums of a folder's files as they are, and of one that is about to be written.
pub(crate) fn of(folder: &Path, coming: (&str, &[u8])) -> io::Result<String> {
    let (name, bytes) = coming;
    let mut lines = Vec::new();
    for path in files(folder)? {
        let shown = relative(folder, &path);
        if shown != name {
            lines.push(line(&sum(&path)?, &shown));
        }
    }
    lines.sort_by(|one, other| one[HEX..].cmp(&other[HEX..]));
    // Last: a list that was cut lacks it.
    lines.push(line(&blake3::hash(bytes), name));
    Ok(lines.concat())
}

/// Files of a folder that are gone or are not what they were, the list itself among them where it does not end with `last`; `None` where
/// nothing was noted.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn altered(folder: &Path, last: &str) -> Result<Option<Vec<String>>, ResultsError> {
    let path = folder.join(SUMS);
    let noted = files::read(&path).map_err(ResultsError::io("read", &path))?;
    let Some(noted) = noted else {
        return Ok(None);
    };
    let noted = String::from_utf8_lossy(&noted);
    let is_whole = noted.ends_with(&format!("  {last}\n"));
    let mut altered = Vec::new();
    let lines = noted.lines().map(|line| line.split_once("  "));
    // A list from elsewhere may name anything: what is not in the folder is none of its files.
    let of_here: Vec<_> = lines
        .map(|line| line.filter(|(_, name)| files::is_below(name)))
        .collect();
    if !is_whole || of_here.contains(&None) {
        altered.push(SUMS.to_owned());
    }
    for (expected, name) in of_here.into_iter().flatten() {
        let path = folder.join(name);
        let found = if_there(sum(&path).map_err(ResultsError::io("read", &path)))?;
        if found.is_none_or(|found| found.to_hex().as_str() != expected) {
            altered.push(name.to_owned());
        }
    }
    Ok(Some(altered))
}

/// The sum that a folder's list has of a file; `None` where it has none, or there is no list.
///
/// # Errors
/// When the list cannot be read.
pub(crate) fn noted(folder: &Path, name: &str) -> Result<Option<String>, ResultsError> {
    let path = folder.join(SUMS);
    let list = files::read(&path).map_err(ResultsError::io("read", &path))?;
    let list = list.unwrap_or_default();
    // What is asked for most stands last.
    let mut lines = list.rsplit(|byte| *byte == b'\n');
    let sum = lines.find_map(|line| {
        let (sum, rest) = line.split_at_checked(HEX)?;
        (rest.strip_prefix(b"  ") == Some(name.as_bytes())).then_some(sum)
    });
    Ok(sum.map(|sum| String::from_utf8_lossy(sum).into_owned()))
}

/// The sum of a file of these bytes, as a list has it.
pub(crate) fn hex(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Digits of a sum.
const HEX: usize = 64;

fn line(sum: &blake3::Hash, name: &str) -> String {
    format!("{}  {name}\n", sum.to_hex())
}

fn sum(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(files::open(path)?)?;
    Ok(hasher.finalize())
}

/// Names of what a job left.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn left(folder: &Path) -> io::Result<Vec<String>> {
    let files = files(folder)?.into_iter();
    Ok(files.map(|path| relative(folder, &path)).collect())
}

/// What a job leaves: the files of its folder and of the folder of its body.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = name.to_string_lossy();
        if name == "body" && path.is_dir() {
            found.extend(files(&path)?);
        }
        let is_left =
            !PASSING.contains(&&*name) && !files::is_passing(&name) && !name.ends_with(".damaged");
        if is_left && path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

/// With `/` on every system.
fn relative(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let parts = inside.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
