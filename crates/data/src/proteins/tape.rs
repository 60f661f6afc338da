//! TAPE's remote homology (R. Rao et al., 2019), a file or folder for each split.

use super::json;
use crate::error::{DataError, Mismatch};
use crate::formats::pickle::{Pickle, Value};
use crate::formats::{lmdb, text};
use crate::items::HOMOLOGY;
use crate::present::path_of;
use std::collections::BTreeMap;
use std::path::Path;

/// Folds of the data set.
pub const FOLDS: usize = 1195;

/// Calls `each` with the residues and the fold, below [`FOLDS`], of every protein of a split, e.g.
/// `train`: `remote_homology_train.lmdb`, a folder with `data.mdb` or the file itself, or else
/// `remote_homology_train.json`, raw or with `.gz`.
///
/// # Errors
/// [`DataError::Damaged`] where the file is none of these or holds no proteins, or with what `each`
/// finds wrong in a record.
pub fn read(
    folder: &Path,
    split: &str,
    mut each: impl FnMut(&[u8], u32) -> Result<(), Mismatch>,
) -> Result<(), DataError> {
    let mut count = 0;
    let mut counted = |primary: &[u8], fold| {
        count += 1;
        each(primary, fold)
    };
    let lmdb = folder.join(format!("remote_homology_{split}.lmdb"));
    let (path, outcome) = if lmdb.exists() {
        let path = if lmdb.is_dir() {
            lmdb.join("data.mdb")
        } else {
            lmdb
        };
        let file = files::open(&path).map_err(DataError::io("open", &path))?;
        (path, from_lmdb(file, &mut counted))
    } else {
        let path = path_of(folder, &format!("remote_homology_{split}.json"));
        let text = text::open(&path)?;
        (path, from_json(text, &mut counted))
    };
    let found = outcome.and_then(|()| match count {
        0 => Err(Mismatch::new("proteins", "none")),
        _ => Ok(()),
    });
    found.map_err(|mismatch| mismatch.at(&path, HOMOLOGY.name))
}

type Each<'a> = &'a mut dyn FnMut(&[u8], u32) -> Result<(), Mismatch>;

fn from_json(input: impl std::io::BufRead, each: Each<'_>) -> Result<(), Mismatch> {
    json::records(input, |number, primary, label| {
        let read = fold(i64::from(label)).and_then(|fold| each(primary.as_bytes(), fold));
        read.map_err(in_record(number))
    })
}

/// Keys are the numbers of the records from 0, as text; `num_examples` says how many there are.
fn from_lmdb(input: impl std::io::Read + std::io::Seek, each: Each<'_>) -> Result<(), Mismatch> {
    let mut promised = None;
    let mut found = BTreeMap::new();
    lmdb::entries(input, |key, value| {
        let key = String::from_utf8_lossy(key);
        let pickle =
            |value| Pickle::decode(value).map_err(|found| Mismatch::new("a pickle", found));
        if key == "num_examples" {
            promised = pickle(value)?.top.int();
        } else if let Ok(index) = key.parse::<usize>() {
            let number = index.saturating_add(1);
            let record = pickle(value).and_then(|pickle| record(&pickle));
            found.insert(index, record.map_err(in_record(number))?);
        }
        Ok(())
    })?;
    // The tree orders keys as text: 0, 1, 10, 100, …
    let count = found.len();
    let last = found
        .last_key_value()
        .map_or(0, |(index, _)| index.saturating_add(1));
    if last != count || promised.is_some_and(|promised| promised != count as i64) {
        let promised = promised.map_or(last, |promised| promised as usize);
        return Err(Mismatch::new(
            format!("records 0 to {}", promised.max(1) - 1),
            format!("{count} records, the last one {}", last.max(1) - 1),
        ));
    }
    for (index, (primary, label)) in found {
        let read = fold(label).and_then(|fold| each(&primary, fold));
        read.map_err(in_record(index + 1))?;
    }
    Ok(())
}

fn record(pickle: &Pickle) -> Result<(Vec<u8>, i64), Mismatch> {
    let primary = match pickle.get(pickle.top, "primary") {
        Some(Value::Text(text) | Value::Latin(text)) => text.as_bytes(),
        Some(Value::Bytes(bytes)) => bytes,
        _ => return Err(Mismatch::new("`primary`, a text", "none")),
    };
    match pickle.get(pickle.top, "fold_label") {
        Some(Value::Int(fold)) => Ok((primary.to_vec(), fold)),
        _ => Err(Mismatch::new("`fold_label`, a whole number", "none")),
    }
}

fn fold(label: i64) -> Result<u32, Mismatch> {
    let fold = u32::try_from(label).ok();
    let fold = fold.filter(|fold| (*fold as usize) < FOLDS);
    fold.ok_or_else(|| Mismatch::new(format!("a fold from 0 to {}", FOLDS - 1), label.to_string()))
}

/// Records count from 1 in messages.
fn in_record(number: usize) -> impl FnOnce(Mismatch) -> Mismatch {
    move |mismatch| Mismatch {
        expected: mismatch.expected,
        found: format!("in record {number}: {}", mismatch.found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;
    use std::fs::File;
    use std::io::{Cursor, Read};

    const SPLIT: &str = "valid";

    /// Proteins and their folds; none is to have a small letter.
    fn json(text: &str) -> Result<Vec<(Vec<u8>, u32)>, DataError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("remote_homology_valid.json"), text).unwrap();
        let mut all = Vec::new();
        read(folder.path(), SPLIT, |primary, fold| {
            if primary.iter().any(u8::is_ascii_lowercase) {
                return Err(Mismatch::new("capitals", "a small letter"));
            }
            all.push((primary.to_vec(), fold));
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn errors_name_file_record_and_what_was_found() {
        let good = r#"{"primary": "MKV", "fold_label": 1194}"#;
        let read = json(&format!("[{good}]")).unwrap();
        assert_eq!(read, [(b"MKV".to_vec(), 1194)]);
        let marked = json(&format!("\u{feff}[{good}]\r\n\r\n")).unwrap();
        assert_eq!(marked, read);
        for (bad, named) in [
            (r#"{"primary": "MKV", "fold_label": 1195}"#, "1195"),
            (r#"{"primary": "MkV", "fold_label": 0}"#, "a small letter"),
            (r#"{"primary": "M", "fold_label": -1}"#, "-1"),
        ] {
            let error = json(&format!("[{good}, {bad}]")).unwrap_err().to_string();
            for part in [
                "remote_homology_valid.json",
                "record 2",
                named,
                "fpt fetch homology",
            ] {
                assert!(error.contains(part), "{error}");
            }
        }
        assert!(json("[]").unwrap_err().to_string().contains("none"));
    }

    #[test]
    fn damaged_databases_of_records_are_errors_or_proteins() {
        let path = "tests/fixtures/tape/remote_homology_test_fold_holdout.lmdb.gz";
        let file = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let mut whole = Vec::new();
        flate2::read::GzDecoder::new(file)
            .read_to_end(&mut whole)
            .unwrap();
        let read = |bytes: &[u8]| {
            let mut count = 0;
            from_lmdb(Cursor::new(bytes), &mut |_, _| {
                count += 1;
                Ok(())
            })
            .map(|()| count)
        };
        assert_eq!(read(&whole), Ok(7));
        damaged(&whole, |bytes| drop(read(bytes)));
    }
}
