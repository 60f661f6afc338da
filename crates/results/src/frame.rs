//! Columns to parquet bytes and back: one compression, no times, a schema version.

use crate::{FORMAT, ResultsError};
use polars::prelude::{
    Column, DataFrame, DataType, KeyValueMetadata, NamedFrom, ParquetCompression, ParquetReader,
    ParquetWriter, PlSmallStr, PolarsError, SerReader, Series,
};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// The key of the schema version in a file's metadata.
const SCHEMA_KEY: &str = "fpt.schema";

/// Columns on their way into a file, in order.
#[derive(Default)]
pub(crate) struct Columns(Vec<Column>);

impl Columns {
    /// Adds a column; values may be optional.
    pub fn add<T>(&mut self, name: impl AsRef<str>, values: impl IntoIterator<Item = T>)
    where
        Series: NamedFrom<Vec<T>, [T]>,
    {
        let values: Vec<T> = values.into_iter().collect();
        self.0
            .push(Series::new(PlSmallStr::from_str(name.as_ref()), values).into());
    }

    /// The bytes of the file. The same columns give the same bytes.
    pub fn encode(self, path: &Path) -> Result<Vec<u8>, ResultsError> {
        let version = (SCHEMA_KEY.to_owned(), FORMAT.to_string());
        let height = self.0.first().map_or(0, Column::len);
        let mut bytes = Vec::new();
        DataFrame::new(height, self.0)
            .and_then(|mut frame| {
                ParquetWriter::new(&mut bytes)
                    .with_compression(ParquetCompression::Zstd(None))
                    .with_key_value_metadata(Some(KeyValueMetadata::from_static(vec![version])))
                    .finish(&mut frame)
            })
            .map_err(|error| ResultsError::encode(path)(error.to_string()))?;
        Ok(bytes)
    }
}

/// A file that was read, by column name.
pub(crate) struct Frame {
    path: PathBuf,
    frame: DataFrame,
}

impl Frame {
    /// Decodes a file, after its schema version.
    pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<Self, ResultsError> {
        let damaged = |error: PolarsError| ResultsError::damaged(path, error);
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let entries = reader.get_metadata().map_err(damaged)?.key_value_metadata();
        let version = entries
            .iter()
            .flatten()
            .find(|entry| entry.key == SCHEMA_KEY);
        let version = version.and_then(|entry| entry.value.as_deref()?.parse::<u64>().ok());
        match version {
            Some(FORMAT) => {}
            Some(found) if found > FORMAT => {
                return Err(ResultsError::Newer {
                    path: path.into(),
                    found,
                    known: FORMAT,
                });
            }
            _ => {
                return Err(ResultsError::damaged(
                    path,
                    "no schema version of this program",
                ));
            }
        }
        let frame = reader.finish().map_err(damaged)?;
        Ok(Self {
            path: path.to_owned(),
            frame,
        })
    }

    /// Column names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.frame
            .columns()
            .iter()
            .map(|column| column.name().as_str())
    }

    pub fn texts(&self, name: &str) -> Result<Vec<String>, ResultsError> {
        let column = self.column(name, DataType::String)?;
        let values = column.str().map_err(|error| self.damaged(error))?;
        self.complete(name, values.iter().map(|value| value.map(str::to_owned)))
    }

    pub fn optional_texts(&self, name: &str) -> Result<Vec<Option<String>>, ResultsError> {
        let column = self.column(name, DataType::String)?;
        let values = column.str().map_err(|error| self.damaged(error))?;
        Ok(values
            .iter()
            .map(|value| value.map(str::to_owned))
            .collect())
    }

    pub fn optional_flags(&self, name: &str) -> Result<Vec<Option<bool>>, ResultsError> {
        let column = self.column(name, DataType::Boolean)?;
        Ok(column
            .bool()
            .map_err(|error| self.damaged(error))?
            .iter()
            .collect())
    }

    pub fn integers(&self, name: &str) -> Result<Vec<u64>, ResultsError> {
        let column = self.column(name, DataType::UInt64)?;
        let values = column.u64().map_err(|error| self.damaged(error))?;
        self.complete(name, values.iter())
    }

    pub fn optional_integers(&self, name: &str) -> Result<Vec<Option<u64>>, ResultsError> {
        let column = self.column(name, DataType::UInt64)?;
        Ok(column
            .u64()
            .map_err(|error| self.damaged(error))?
            .iter()
            .collect())
    }

    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, ResultsError> {
        let column = self.column(name, DataType::Float64)?;
        let values = column.f64().map_err(|error| self.damaged(error))?;
        self.complete(name, values.iter())
    }

    pub fn optional_numbers(&self, name: &str) -> Result<Vec<Option<f64>>, ResultsError> {
        let column = self.column(name, DataType::Float64)?;
        let values = column.f64().map_err(|error| self.damaged(error))?;
        Ok(values.iter().collect())
    }

    /// A complaint about the content of this file.
    pub fn damaged(&self, problem: impl ToString) -> ResultsError {
        ResultsError::damaged(&self.path, problem)
    }

    fn column(&self, name: &str, expected: DataType) -> Result<&Column, ResultsError> {
        let column = self.frame.column(name);
        let column = column.map_err(|_| self.damaged(format!("no column `{name}`")))?;
        if *column.dtype() != expected {
            let found = column.dtype();
            return Err(self.damaged(format!("column `{name}` is {found}, expected {expected}")));
        }
        Ok(column)
    }

    fn complete<T>(
        &self,
        name: &str,
        values: impl Iterator<Item = Option<T>>,
    ) -> Result<Vec<T>, ResultsError> {
        let values: Option<Vec<T>> = values.collect();
        values.ok_or_else(|| self.damaged(format!("column `{name}` has an empty cell")))
    }
}
