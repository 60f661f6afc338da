//! Columns by name, as they stand in a file: one schema version, and nothing of parquet.

use crate::error::ResultsError;
use crate::format::{self, FORMAT};
use crate::parquet_bytes::{self, Columns, ParquetBytes};
use crate::values::{Stored, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// The key of the schema version in a file's metadata.
const SCHEMA_KEY: &str = "fpt.schema";

/// The columns of a file.
pub(crate) struct Frame {
    path: PathBuf,
    columns: Columns,
}

impl Frame {
    /// No column yet, on the way into a file.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            columns: Columns::new(),
        }
    }

    /// Adds a column behind the others.
    pub fn add<T: Value>(&mut self, name: impl Into<String>, rows: impl IntoIterator<Item = T>) {
        let cells = rows.into_iter().map(T::into_cell).collect();
        self.columns.push((name.into(), T::Cell::column(cells)));
    }

    /// Writes the file, unless it holds these columns already: the same numbers in other bytes, as
    /// another version of this program wrote them, are no change.
    pub fn write(&self) -> Result<(), ResultsError> {
        match Self::read(&self.path) {
            Ok(old) if old.columns == self.columns => return Ok(()),
            Err(newer @ ResultsError::Newer { .. }) => return Err(newer),
            _ => {}
        }
        let version = (SCHEMA_KEY, FORMAT.to_string());
        let bytes = parquet_bytes::encode(version, &self.columns)
            .map_err(|error| ResultsError::encode(&self.path)(error.to_string()))?;
        files::write(&self.path, &bytes).map_err(ResultsError::io("write", &self.path))
    }

    /// Reads a file whole, after its schema version.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let bytes = fs::read(path).map_err(ResultsError::io("read", path))?;
        let file = ParquetBytes::open(bytes).map_err(|error| ResultsError::damaged(path, error))?;
        let version = file.note(SCHEMA_KEY).and_then(|text| text.parse().ok());
        match version {
            Some(found) if found >= FORMAT => format::check(path, found)?,
            _ => {
                let problem = "no schema version of this program";
                return Err(ResultsError::damaged(path, problem));
            }
        }
        let columns = file
            .columns()
            .map_err(|error| ResultsError::damaged(path, error))?;
        let path = path.to_owned();
        Ok(Self { path, columns })
    }

    /// Column names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The rows of a column.
    pub fn get<T: Value>(&self, name: &str) -> Result<Vec<T>, ResultsError> {
        let column = self.columns.iter().find(|(found, _)| found == name);
        let (_, values) = column.ok_or_else(|| self.damaged(format!("no column `{name}`")))?;
        let cells = T::Cell::cells(values).ok_or_else(|| {
            let (found, expected) = (values.kind(), T::Cell::KIND);
            self.damaged(format!("column `{name}` is {found}, expected {expected}"))
        })?;
        let rows: Option<_> = cells.iter().cloned().map(T::from_cell).collect();
        rows.ok_or_else(|| self.damaged(format!("column `{name}` has an empty cell")))
    }

    /// A complaint about the content of this file.
    pub fn damaged(&self, problem: impl ToString) -> ResultsError {
        ResultsError::damaged(&self.path, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Files of the first version, which wrote them with another library.
    fn committed() -> Vec<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/tiny");
        let studies = ["modality", "protocol", "protocol-change"];
        let files = ["runs", "curves", "tests", "provenance"];
        let of_study = |study| files.map(|file| root.join(study).join(format!("{file}.parquet")));
        studies.into_iter().flat_map(of_study).collect()
    }

    fn all_kinds(path: &Path) -> Frame {
        let mut frame = Frame::new(path);
        let text = "ein Wort, zwei Wörter".to_owned();
        frame.add("text", [Some(text), None, Some(String::new())]);
        frame.add("number", [-0.0, f64::NAN, f64::MIN_POSITIVE]);
        frame.add("maybe.number", [None, Some(f64::NAN), Some(0.1)]);
        frame.add("integer", [0, u64::MAX, 1 << 63]);
        frame.add("size", [None, Some(7_usize), None]);
        frame.add("flag", [Some(true), None, Some(false)]);
        frame
    }

    #[test]
    fn every_kind_comes_back_and_a_file_that_says_the_same_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let frame = all_kinds(&path);
        frame.write().unwrap();
        let read = Frame::read(&path).unwrap();
        assert!(read.columns == frame.columns);
        let integers: Vec<u64> = read.get("integer").unwrap();
        assert_eq!(integers, [0, u64::MAX, 1 << 63]);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        frame.write().unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);

        let mut more = all_kinds(&path);
        more.add("new", [1.0, 2.0, 3.0]);
        more.write().unwrap();
        assert!(Frame::read(&path).unwrap().columns == more.columns);
    }

    #[test]
    fn columns_without_rows_keep_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let mut frame = Frame::new(&path);
        frame.add("seed", Vec::<u64>::new());
        frame.write().unwrap();
        let read = Frame::read(&path).unwrap();
        assert_eq!(read.names().collect::<Vec<_>>(), ["seed"]);
        assert!(read.get::<u64>("seed").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_as_expected_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let frame = all_kinds(&path);
        let problem = |error: ResultsError| match error {
            ResultsError::Damaged { problem, .. } => problem,
            other => panic!("{other}"),
        };
        let missing = frame.get::<u64>("loss").err().map(problem);
        assert_eq!(missing.as_deref(), Some("no column `loss`"));
        let kind = frame.get::<u64>("text").err().map(problem);
        assert_eq!(kind.as_deref(), Some("column `text` is str, expected u64"));
        let empty = frame.get::<String>("text").err().map(problem);
        assert_eq!(empty.as_deref(), Some("column `text` has an empty cell"));
        let foreign = parquet_bytes::encode(("other", "1".to_owned()), &frame.columns).unwrap();
        fs::write(&path, foreign).unwrap();
        let foreign = Frame::read(&path).err().map(problem);
        assert_eq!(
            foreign.as_deref(),
            Some("no schema version of this program")
        );
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let frame = all_kinds(&path);
        let newer = parquet_bytes::encode((SCHEMA_KEY, "2".to_owned()), &frame.columns).unwrap();
        fs::write(&path, &newer).unwrap();
        let refused = |result| matches!(result, Err(ResultsError::Newer { found: 2, .. }));
        assert!(refused(Frame::read(&path).map(drop)) && refused(frame.write()));
        assert_eq!(fs::read(&path).unwrap(), newer);
    }

    /// The copies go to the folder named by `FPT_COPIES`, for `scripts/check_parquet.py`.
    #[test]
    fn files_of_the_first_version_are_read_whole_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let copies = std::env::var_os("FPT_COPIES").map_or(folder.path().to_owned(), Into::into);
        for path in committed() {
            let mut frame = Frame::read(&path).unwrap();
            let before = fs::read(&path).unwrap();
            frame.write().unwrap();
            assert_eq!(fs::read(&path).unwrap(), before);

            let name = path.file_name().unwrap();
            let study = path.parent().unwrap().file_name().unwrap();
            frame.path = copies.join(study).join(name);
            fs::create_dir_all(copies.join(study)).unwrap();
            frame.write().unwrap();
            assert!(Frame::read(&frame.path).unwrap().columns == frame.columns);
        }
    }

    #[test]
    fn a_damaged_byte_is_an_error_or_another_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let frame = all_kinds(&path);
        frame.write().unwrap();
        let ours = fs::read(&path).unwrap();
        let theirs = fs::read(&committed()[2]).unwrap();
        for whole in [ours, theirs] {
            for index in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[index] ^= 1 << (index % 8);
                let columns = ParquetBytes::open(bytes).and_then(|file| file.columns());
                // Whatever is read is a table: a name for each column, and as many rows in all.
                if let Ok(columns) = columns {
                    let lengths: BTreeSet<usize> =
                        columns.iter().map(|(_, values)| values.len()).collect();
                    assert!(lengths.len() <= 1, "byte {index}: {lengths:?}");
                }
            }
        }
    }
}
