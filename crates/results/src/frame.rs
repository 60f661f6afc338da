//! Columns by name, as they stand in a file: one schema version, and nothing of parquet.

use crate::dictionary::{self, AXIS, DICTIONARY_KEY};
use crate::error::{ResultsError, if_there};
use crate::format::{self, FORMAT};
use crate::parquet_bytes::{self, Columns, ParquetBytes, Sum};
use crate::values::{Stored, Value, Values};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The key of the schema version in a file's metadata.
const SCHEMA_KEY: &str = "fpt.schema";

/// What writing a file would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    None,
    /// It is given a checksum, which earlier versions did not write.
    Sum,
    /// It says something else.
    Rows,
}

/// The columns of a file.
pub(crate) struct Frame {
    path: PathBuf,
    columns: Columns,
    /// Names that are no column: on the way into a file of such as have nothing to say, out of one of
    /// such as hold what no column of ours does.
    others: Vec<String>,
    /// What the checksum of the file that it was read from says.
    sum: Option<Sum>,
}

impl Frame {
    /// No column yet, on the way into a file.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            columns: Columns::new(),
            others: Vec::new(),
            sum: None,
        }
    }

    /// Adds a column behind the others.
    pub fn add<T: Value>(&mut self, name: impl Into<String>, rows: impl IntoIterator<Item = T>) {
        let cells = rows.into_iter().map(T::into_cell).collect();
        self.columns.push((name.into(), T::Cell::column(cells)));
    }

    /// Adds a column as it is.
    pub fn add_column(&mut self, name: &str, values: Values) {
        self.columns.push((name.to_owned(), values));
    }

    /// Adds a column that is there only where it has something to say: files of versions that did not know
    /// it stay as they are.
    pub fn add_rare<T: Value>(&mut self, name: &str, rows: Vec<Option<T>>) {
        match rows.iter().any(Option::is_some) {
            true => self.add(name, rows),
            false => self.others.push(name.to_owned()),
        }
    }

    /// Whether writing changes what the file says: the same numbers in other bytes, as another version of
    /// this program wrote them, are no change.
    ///
    /// # Errors
    /// When something in the file would be lost: it is of a newer version, cannot be read, or has a column
    /// of somebody else's.
    pub fn changes(&self) -> Result<bool, ResultsError> {
        Ok(self.change()? == Change::Rows)
    }

    /// The same, and whether a file of this program lacks a checksum.
    ///
    /// # Errors
    /// As [`Frame::changes`].
    pub fn change(&self) -> Result<Change, ResultsError> {
        let old = match if_there(Self::read(&self.path)) {
            Ok(Some(old)) => old,
            Ok(None) => return Ok(Change::Rows),
            Err(error) if error.is_damage() => return Ok(Change::Rows),
            Err(error) => return Err(error),
        };
        let known = |name: &str| {
            let mut own = self.names().chain(self.others.iter().map(String::as_str));
            name.starts_with(AXIS) || own.any(|own| own == name)
        };
        let common = old.columns.iter().filter(|(name, _)| known(name));
        let is_same = common.eq(&self.columns);
        if is_same && old.sum != Some(Sum::Lacks) {
            return Ok(Change::None);
        }
        let mut names = old.names().chain(old.others.iter().map(String::as_str));
        match names.find(|name| !known(name)) {
            None if is_same => Ok(Change::Sum),
            None => Ok(Change::Rows),
            Some(_) if is_same => Ok(Change::None),
            Some(name) => Err(ResultsError::Foreign {
                path: self.path.clone(),
                name: name.to_owned(),
            }),
        }
    }

    /// Writes the file where that changes what it says.
    ///
    /// # Errors
    /// As [`Frame::changes`], and [`ResultsError::Io`].
    pub fn write(&self) -> Result<(), ResultsError> {
        let change = self.change()?;
        if change == Change::None {
            return Ok(());
        }
        let notes = [
            (SCHEMA_KEY, FORMAT.to_string()),
            (DICTIONARY_KEY, dictionary::of(self.names())),
        ];
        let bytes = parquet_bytes::encode(&notes, &self.columns)
            .map_err(|error| ResultsError::encode(&self.path)(error.to_string()))?;
        match files::write(&self.path, &bytes) {
            // It says all that it said: the folder may be one to read only.
            Err(_) if change == Change::Sum => Ok(()),
            written => written.map_err(ResultsError::io("write", &self.path)),
        }
    }

    /// Reads a file whole, after its schema version.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let mut bytes = Vec::new();
        let read = files::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(ResultsError::io("read", path))?;
        let file = ParquetBytes::open(bytes).map_err(|error| ResultsError::damaged(path, error))?;
        let version = file.note(SCHEMA_KEY).and_then(|text| text.parse().ok());
        match version {
            Some(found) if found >= FORMAT => format::check(path, found)?,
            _ => {
                let problem = "no schema version of this program";
                return Err(ResultsError::damaged(path, problem));
            }
        }
        let sum = file.sum();
        if sum == Sum::Differs {
            let problem = "its checksum says that bytes of it have changed since it was written";
            return Err(ResultsError::damaged(path, problem));
        }
        let columns = file
            .columns()
            .map_err(|error| ResultsError::damaged(path, error))?;
        let names = file
            .names()
            .map_err(|error| ResultsError::damaged(path, error))?;
        let is_read = |name: &String| columns.iter().any(|(read, _)| read == name);
        Ok(Self {
            path: path.to_owned(),
            others: names.into_iter().filter(|name| !is_read(name)).collect(),
            columns,
            sum: Some(sum),
        })
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

    /// The rows of a column that need not be there, of as many as there are.
    pub fn get_rare<T: Value + Clone>(
        &self,
        name: &str,
        rows: usize,
    ) -> Result<Vec<Option<T>>, ResultsError> {
        match self.names().any(|found| found == name) {
            true => self.get(name),
            false => Ok(vec![None; rows]),
        }
    }

    /// A complaint about the content of this file.
    pub fn damaged(&self, problem: impl ToString) -> ResultsError {
        ResultsError::damaged(&self.path, problem)
    }

    /// Refuses accuracies and the like that are none: from 0 to 1, or no number where there was none.
    pub fn shares(&self, column: &str, values: &[f64]) -> Result<(), ResultsError> {
        let is_share = |value: &f64| value.is_nan() || (0.0..=1.0).contains(value);
        self.each(column, values, is_share)
    }

    /// Refuses losses that no run computes: numbers of 32 bits, or none.
    pub fn losses(&self, column: &str, values: &[f64]) -> Result<(), ResultsError> {
        let is_loss = |value: &f64| !value.is_finite() || value.abs() <= f64::from(f32::MAX);
        self.each(column, values, is_loss)
    }

    /// Refuses times that nothing takes.
    pub fn seconds(&self, column: &str, values: &[f64]) -> Result<(), ResultsError> {
        self.each(column, values, |value| (0.0..1e12).contains(value))
    }

    /// Refuses steps beyond those that are told apart when they are drawn.
    pub fn counts(&self, column: &str, values: &[u64]) -> Result<(), ResultsError> {
        self.each(column, values, |value| *value < 1 << 53)
    }

    fn each<T: std::fmt::Display>(
        &self,
        column: &str,
        values: &[T],
        is_meant: impl Fn(&T) -> bool,
    ) -> Result<(), ResultsError> {
        match values.iter().position(|value| !is_meant(value)) {
            None => Ok(()),
            Some(row) => {
                let value = &values[row];
                Err(self.damaged(format!(
                    "row {row} has a {column} of {value}, which no run has"
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    /// Files of the first version, which wrote them with another library.
    fn of_first_version() -> [PathBuf; 4] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/first-version");
        ["runs", "curves", "tests", "provenance"].map(|file| root.join(format!("{file}.parquet")))
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
        let foreign = parquet_bytes::encode(&[("other", "1".to_owned())], &frame.columns).unwrap();
        fs::write(&path, foreign).unwrap();
        let foreign = Frame::read(&path).err().map(problem);
        assert_eq!(
            foreign.as_deref(),
            Some("no schema version of this program")
        );
    }

    #[test]
    fn a_column_of_somebody_else_s_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let mut theirs = all_kinds(&path);
        theirs.add("axis_task", ["mnist", "mnist", "mnist"].map(str::to_owned));
        theirs.add("note", [Some("mine".to_owned()), None, None]);
        theirs.write().unwrap();
        let bytes = fs::read(&path).unwrap();
        // What says the same is left alone, and so is what would be lost.
        let mut ours = all_kinds(&path);
        ours.add("axis_task", ["mnist", "mnist", "mnist"].map(str::to_owned));
        ours.write().unwrap();
        ours.add("new", [1.0, 2.0, 3.0]);
        let error = ours.write().unwrap_err().to_string();
        assert!(
            error.contains("has `note`") && error.contains("of its own"),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes);
        // Axes are each study's own, and a column that has nothing to say any more is ours.
        let mut ours = all_kinds(&path);
        ours.add_rare("note", vec![None::<String>; 3]);
        ours.write().unwrap();
        assert!(Frame::read(&path).unwrap().columns == ours.columns);
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let frame = all_kinds(&path);
        let newer = parquet_bytes::encode(&[(SCHEMA_KEY, "2".to_owned())], &frame.columns).unwrap();
        fs::write(&path, &newer).unwrap();
        let refused = |result| matches!(result, Err(ResultsError::Newer { found: 2, .. }));
        assert!(refused(Frame::read(&path).map(drop)) && refused(frame.write()));
        assert_eq!(fs::read(&path).unwrap(), newer);
    }

    /// Copies of what is published, under the same names, go to the folder that `FPT_COPIES` names: for
    /// `scripts/check_parquet.py`.
    #[test]
    fn files_of_the_first_version_are_read_whole_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for path in of_first_version() {
            let mut frame = Frame::read(&path).unwrap();
            let before = fs::read(&path).unwrap();
            frame.write().unwrap();
            assert_eq!(fs::read(&path).unwrap(), before);
            frame.path = folder.path().join(path.file_name().unwrap());
            frame.write().unwrap();
            assert!(Frame::read(&frame.path).unwrap().columns == frame.columns);
        }
        let Some(copies) = std::env::var_os("FPT_COPIES") else {
            return;
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/tiny");
        for study in fs::read_dir(&root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            for file in of_first_version() {
                let path = study.join(file.file_name().unwrap());
                let Ok(mut frame) = Frame::read(&path) else {
                    continue;
                };
                frame.path = Path::new(&copies).join(path.strip_prefix(&root).unwrap());
                fs::create_dir_all(frame.path.parent().unwrap()).unwrap();
                frame.write().unwrap();
            }
        }
    }

    #[test]
    fn a_damaged_byte_is_an_error_or_says_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let frame = all_kinds(&path);
        frame.write().unwrap();
        let ours = fs::read(&path).unwrap();
        let theirs = fs::read(&of_first_version()[2]).unwrap();
        for index in 0..ours.len() {
            let mut bytes = ours.clone();
            bytes[index] ^= 1 << (index % 8);
            fs::write(&path, bytes).unwrap();
            // The note of the sum may be what is damaged.
            if let Ok(read) = Frame::read(&path) {
                assert!(read.columns == frame.columns, "byte {index}");
            }
        }
        // Of files without a sum, whatever is read is a table.
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
