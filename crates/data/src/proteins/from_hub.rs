//! TAPE's remote homology on the hub: a parquet file a split, into TAPE's own JSON.

use crate::error::DataError;
use crate::formats::hub_parquet::{make, rows, unreadable};
use parquet::record::{Field, Row};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Names of the files that [`convert`] makes.
const NAMES: [&str; 5] = [
    "remote_homology_train.json",
    "remote_homology_valid.json",
    "remote_homology_test_fold_holdout.json",
    "remote_homology_test_superfamily_holdout.json",
    "remote_homology_test_family_holdout.json",
];

/// The splits' files in the order of [`NAMES`], each with the columns `primary` and `fold_label`.
pub(crate) fn convert(files: &[PathBuf], into: &Path) -> Result<(), DataError> {
    for (path, name) in files.iter().zip(NAMES) {
        let target = into.join(name);
        make(&target, |out| {
            let mut separator = '[';
            rows(path, |row| {
                let (primary, fold) = columns(row).map_err(|found| unreadable(path, found))?;
                let record = serde_json::json!({ "primary": primary, "fold_label": fold });
                let written = write!(out, "{separator}\n{record}");
                separator = ',';
                written.map_err(DataError::io("write", &target))
            })?;
            writeln!(out, "\n]").map_err(DataError::io("write", &target))
        })?;
    }
    Ok(())
}

/// Columns are found by name: their order is not part of the data set.
fn columns(row: &Row) -> Result<(&str, i64), &'static str> {
    let column = |name| row.get_column_iter().find(|(column, _)| *column == name);
    match (column("primary"), column("fold_label")) {
        (Some((_, Field::Str(primary))), Some((_, Field::Long(fold)))) => Ok((primary, *fold)),
        _ => Err("no columns `primary`, a text, and `fold_label`, a whole number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;
    use crate::formats::rows;
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::fs::File;
    use std::sync::Arc;

    fn parquet(path: &Path, label: &str) {
        let schema = format!(
            "message schema {{ required int64 protein_length; required binary primary (STRING); \
             required int64 {label}; }}"
        );
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let file = File::create(path).unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let texts = [ByteArray::from("MKV"), ByteArray::from("AC")];
        for number in 0..3 {
            let mut column = group.next_column().unwrap().unwrap();
            match number {
                1 => drop(
                    column
                        .typed::<ByteArrayType>()
                        .write_batch(&texts, None, None)
                        .unwrap(),
                ),
                _ => drop(
                    column
                        .typed::<Int64Type>()
                        .write_batch(&[7, 1194], None, None)
                        .unwrap(),
                ),
            }
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
    }

    #[test]
    fn rows_become_tapes_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.parquet");
        parquet(&path, "fold_label");
        convert(std::slice::from_ref(&path), folder.path()).unwrap();
        let made = std::fs::read_to_string(folder.path().join(NAMES[0])).unwrap();
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        let expected = serde_json::json!([
            { "primary": "MKV", "fold_label": 7 },
            { "primary": "AC", "fold_label": 1194 },
        ]);
        assert_eq!(made, expected);
        parquet(&path, "other");
        let error = convert(&[path], folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("train.parquet") && error.contains("`fold_label`"),
            "{error}"
        );
    }

    #[test]
    fn damaged_files_are_errors_or_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.parquet");
        parquet(&path, "fold_label");
        let whole = std::fs::read(&path).unwrap();
        damaged(&whole, |bytes| {
            let bytes = bytes::Bytes::copy_from_slice(bytes);
            let _ = rows::rows(bytes, drop, |row| columns(row).map(drop).map_err(drop));
        });
    }
}
