//! TAPE's remote homology (R. Rao et al., 2019), a file or folder for each split.

use super::set::Set;
use super::{json, lmdb, text};
use crate::data::path_of;
use crate::error::{Mismatch, TaskError};
use crate::pickle::{Pickle, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// Folds of the data set.
pub(super) const FOLDS: usize = 1195;

/// Reads a split, e.g. `train`: `remote_homology_train.lmdb`, a folder with `data.mdb` or the file
/// itself, or else `remote_homology_train.json`, raw or with `.gz`.
pub(super) fn read(folder: &Path, split: &str) -> Result<Set, TaskError> {
    let lmdb = folder.join(format!("remote_homology_{split}.lmdb"));
    let (path, outcome) = if lmdb.exists() {
        let path = if lmdb.is_dir() {
            lmdb.join("data.mdb")
        } else {
            lmdb
        };
        let file = File::open(&path).map_err(TaskError::io("open", &path))?;
        (path, from_lmdb(file))
    } else {
        let path = path_of(folder, &format!("remote_homology_{split}.json"));
        let text = text::open(&path)?;
        (path, from_json(text))
    };
    let set = outcome.and_then(|set| match set.len() {
        0 => Err(Mismatch::new("proteins", "none")),
        _ => Ok(set),
    });
    set.map_err(|mismatch| mismatch.at(&path, super::homology::NAME))
}

fn from_json(source: impl std::io::BufRead) -> Result<Set, Mismatch> {
    let mut set = Set::default();
    json::records(source, |number, primary, fold| {
        push(&mut set, primary.as_bytes(), i64::from(fold)).map_err(in_record(number))
    })?;
    Ok(set)
}

/// Keys are the numbers of the records from 0, as text; `num_examples` says how many there are.
fn from_lmdb(source: impl std::io::Read + std::io::Seek) -> Result<Set, Mismatch> {
    let mut promised = None;
    let mut found = BTreeMap::new();
    lmdb::entries(source, |key, value| {
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
    let mut set = Set::default();
    for (index, (primary, fold)) in found {
        push(&mut set, &primary, fold).map_err(in_record(index + 1))?;
    }
    Ok(set)
}

fn record(pickle: &Pickle) -> Result<(Vec<u8>, i64), Mismatch> {
    let primary = match pickle.get(pickle.top, "primary") {
        Some(Value::Text(text)) => text.as_bytes(),
        Some(Value::Bytes(bytes)) => bytes,
        _ => return Err(Mismatch::new("`primary`, a text", "none")),
    };
    match pickle.get(pickle.top, "fold_label") {
        Some(Value::Int(fold)) => Ok((primary.to_vec(), fold)),
        _ => Err(Mismatch::new("`fold_label`, a whole number", "none")),
    }
}

fn push(set: &mut Set, primary: &[u8], fold: i64) -> Result<(), Mismatch> {
    match u32::try_from(fold)
        .ok()
        .filter(|fold| (*fold as usize) < FOLDS)
    {
        Some(fold) => set.push(primary, fold),
        None => Err(Mismatch::new(
            format!("a fold from 0 to {}", FOLDS - 1),
            fold.to_string(),
        )),
    }
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
    use std::io::{Cursor, Read};

    const SPLIT: &str = "valid";

    fn json(text: &str) -> Result<Set, TaskError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("remote_homology_valid.json"), text).unwrap();
        read(folder.path(), SPLIT)
    }

    #[test]
    fn errors_name_file_record_and_what_was_found() {
        let good = r#"{"primary": "MKV", "fold_label": 1194}"#;
        assert_eq!(json(&format!("[{good}]")).unwrap().label(0), 1194);
        for (bad, named) in [
            (r#"{"primary": "MKV", "fold_label": 1195}"#, "1195"),
            (r#"{"primary": "MkV", "fold_label": 0}"#, "`k` at residue 2"),
            (r#"{"primary": "MJ", "fold_label": 0}"#, "`J` at residue 2"),
            (r#"{"primary": "*", "fold_label": 0}"#, "`*`"),
            (r#"{"primary": "A-", "fold_label": 0}"#, "`-`"),
            (r#"{"primary": "", "fold_label": 0}"#, "none"),
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
        assert_eq!(from_lmdb(Cursor::new(&whole)).unwrap().len(), 7);
        damaged(&whole, |bytes| drop(from_lmdb(Cursor::new(bytes))));
    }
}
