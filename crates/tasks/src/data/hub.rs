use super::Progress;
use crate::error::TaskError;
use hub::Hub;
use parquet::record::{Row, RowAccessor};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Downloads a file of a data set on the Hugging Face hub; one line says why not.
pub(super) fn download(
    owner: &'static str,
    name: &'static str,
    file: &'static str,
    into: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, String> {
    let mut told = |so_far: hub::Progress| {
        progress(Progress::Downloaded {
            bytes: so_far.bytes,
            total: so_far.total,
        });
    };
    let hub = Hub::from_env();
    hub.dataset_file((owner, name), file, into, &mut told)
        .map_err(|error| error.to_string())
}

/// Calls `each` on every row of a parquet file.
pub(super) fn rows(
    path: &Path,
    each: impl FnMut(&Row) -> Result<(), TaskError>,
) -> Result<(), TaskError> {
    let file = File::open(path).map_err(TaskError::io("open", path))?;
    super::rows(file, |found| unreadable(path, &found), each)
}

/// Makes a file of what `write` puts into it.
pub(super) fn make(
    target: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), TaskError>,
) -> Result<(), TaskError> {
    let file = File::create(target).map_err(TaskError::io("write", target))?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(TaskError::io("write", target))
}

/// A file of the hub that is not laid out as it used to be.
pub(super) fn unreadable(path: &Path, found: &str) -> TaskError {
    TaskError::Damaged {
        path: path.to_owned(),
        expected: "the parquet columns this data set had in 2026".to_owned(),
        found: found.to_owned(),
        way_out: "try again, or point at a folder with --data DIR".to_owned(),
    }
}

/// WikiText: joins the `text` column of each file, a line a row, into the split's text file.
pub(super) fn text_columns(files: &[PathBuf], into: &Path) -> Result<(), TaskError> {
    for (path, name) in files
        .iter()
        .zip(["train.txt", "validation.txt", "test.txt"])
    {
        let target = into.join(name);
        make(&target, |out| {
            rows(path, |row| {
                let text = row
                    .get_string(0)
                    .map_err(|error| unreadable(path, &error.to_string()))?;
                out.write_all(text.as_bytes())
                    .map_err(TaskError::io("write", &target))
            })
        })?;
    }
    Ok(())
}
