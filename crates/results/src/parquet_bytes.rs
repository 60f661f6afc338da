//! Columns to the bytes of a parquet file and back. The one file that knows parquet.

use crate::values::Values;
use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnDescriptor, Type};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The key of a file's checksum in its metadata, the sum of all its bytes where this stands for itself.
const SUM_KEY: &str = "fpt.sum";

/// What stands for the sum while it is taken.
const NO_SUM: [u8; 64] = [b'0'; 64];

/// Who wrote the files that have one: a file that somebody else wrote anew may have kept our notes.
const WRITER: &str = "fpt";

/// Named columns, in the order of the file.
pub(crate) type Columns = Vec<(String, Values)>;

/// The bytes of a file with these notes in its metadata. The same columns give the same bytes: no times,
/// no versions of libraries, one group of rows, and pages as plain as they come.
pub(crate) fn encode(notes: &[(&str, String)], columns: &Columns) -> Result<Vec<u8>, ParquetError> {
    let fields = columns.iter().map(|(name, values)| field(name, values));
    let schema = Type::group_type_builder("schema")
        .with_fields(fields.collect::<Result<_, _>>()?)
        .build()?;
    let sum = (SUM_KEY, NO_SUM.map(char::from).into_iter().collect());
    let notes = notes.iter().chain([&sum]);
    let notes = notes.map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
    let properties = WriterProperties::builder()
        .set_created_by(WRITER.to_owned())
        .set_key_value_metadata(Some(notes.collect()))
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build();
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for (_, values) in columns {
        let Some(mut column) = group.next_column()? else {
            break;
        };
        let to = &mut column;
        match values {
            Values::Flags(cells) => write::<BoolType, _>(to, cells, |flag| *flag)?,
            Values::Integers(cells) => write::<Int64Type, _>(to, cells, |it| it.cast_signed())?,
            Values::Numbers(cells) => write::<DoubleType, _>(to, cells, |number| *number)?,
            Values::Texts(cells) => write::<ByteArrayType, _>(to, cells, |it| it.as_str().into())?,
        }
        column.close()?;
    }
    group.close()?;
    file.close()?;
    if let Some(at) = place(&bytes, &NO_SUM) {
        let sum = blake3::hash(&bytes).to_hex();
        bytes[at..at + NO_SUM.len()].copy_from_slice(sum.as_bytes());
    }
    Ok(bytes)
}

/// Where the last of these bytes are that are like `sum`: notes stand at the end of a file.
fn place(bytes: &[u8], sum: &[u8]) -> Option<usize> {
    bytes.windows(sum.len()).rposition(|found| found == sum)
}

fn field(name: &str, values: &Values) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match values {
        Values::Flags(_) => (Physical::BOOLEAN, None),
        Values::Integers(_) => (Physical::INT64, Some(unsigned())),
        Values::Numbers(_) => (Physical::DOUBLE, None),
        Values::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let field = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
}

fn unsigned() -> LogicalType {
    LogicalType::integer(64, false)
}

/// An empty cell is a level without a value.
fn write<T: DataType, Cell>(
    column: &mut SerializedColumnWriter<'_>,
    cells: &[Option<Cell>],
    encode: impl Fn(&Cell) -> T::T,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells.iter().map(|cell| cell.is_some().into()).collect();
    let values: Vec<T::T> = cells.iter().flatten().map(encode).collect();
    column
        .typed::<T>()
        .write_batch(&values, Some(&levels), None)?;
    Ok(())
}

/// A file whose end was read, and no column yet.
pub(crate) struct ParquetBytes {
    file: SerializedFileReader<Bytes>,
    bytes: Bytes,
}

/// What a file's checksum says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sum {
    /// The bytes are those that were written.
    Fits,
    /// They are others.
    Differs,
    /// An earlier version of this program wrote it, without one.
    Lacks,
    /// Another program wrote it.
    Foreign,
}

impl ParquetBytes {
    pub fn open(bytes: Vec<u8>) -> Result<Self, ParquetError> {
        let bytes = Bytes::from(bytes);
        let file = guarded(|| SerializedFileReader::new(bytes.clone()))?;
        Ok(Self { file, bytes })
    }

    /// Whether the bytes are those that were written.
    pub fn sum(&self) -> Sum {
        if self.file.metadata().file_metadata().created_by() != Some(WRITER) {
            return Sum::Foreign;
        }
        let Some(noted) = self.note(SUM_KEY) else {
            return Sum::Lacks;
        };
        let at = match noted.len() == NO_SUM.len() {
            true => place(&self.bytes, noted.as_bytes()),
            false => None,
        };
        let Some(at) = at else {
            return Sum::Differs;
        };
        let mut sum = blake3::Hasher::new();
        sum.update(&self.bytes[..at]).update(&NO_SUM);
        sum.update(&self.bytes[at + noted.len()..]);
        match sum.finalize().to_hex().as_str() == noted {
            true => Sum::Fits,
            false => Sum::Differs,
        }
    }

    /// A note in the file's metadata.
    pub fn note(&self, key: &str) -> Option<&str> {
        let notes = self.file.metadata().file_metadata().key_value_metadata();
        let note = notes.into_iter().flatten().find(|note| note.key == key)?;
        note.value.as_deref()
    }

    /// The names of all columns.
    pub fn names(&self) -> Result<Vec<String>, ParquetError> {
        guarded(|| {
            let schema = self.file.metadata().file_metadata().schema_descr();
            let names = schema.columns().iter().map(|column| column.path().string());
            Ok(names.collect())
        })
    }

    /// The columns of our kinds; others somebody has added.
    pub fn columns(&self) -> Result<Columns, ParquetError> {
        guarded(|| {
            let schema = self.file.metadata().file_metadata().schema_descr();
            let named = |(index, column): (usize, &Arc<ColumnDescriptor>)| {
                let values = self.values(index, column).transpose()?;
                Some(values.map(|values| (column.name().to_owned(), values)))
            };
            let columns = schema.columns().iter().enumerate();
            columns.filter_map(named).collect()
        })
    }

    fn values(
        &self,
        index: usize,
        column: &ColumnDescriptor,
    ) -> Result<Option<Values>, ParquetError> {
        let logical = column.logical_type_ref();
        Ok(Some(match (column.physical_type(), logical) {
            (Physical::BOOLEAN, None) => Values::Flags(self.cells::<BoolType>(index)?),
            (Physical::INT64, Some(kind)) if *kind == unsigned() => {
                let cells = self.cells::<Int64Type>(index)?.into_iter();
                Values::Integers(cells.map(|cell| cell.map(i64::cast_unsigned)).collect())
            }
            (Physical::DOUBLE, None) => Values::Numbers(self.cells::<DoubleType>(index)?),
            (Physical::BYTE_ARRAY, Some(LogicalType::String)) => {
                let cells = self.cells::<ByteArrayType>(index)?.into_iter();
                let text = |bytes: ByteArray| bytes.as_utf8().map(str::to_owned);
                Values::Texts(
                    cells
                        .map(|cell| cell.map(text).transpose())
                        .collect::<Result<_, _>>()?,
                )
            }
            _ => return Ok(None),
        }))
    }

    fn cells<T: DataType>(&self, index: usize) -> Result<Vec<Option<T::T>>, ParquetError> {
        let mut cells = Vec::new();
        for group in 0..self.file.num_row_groups() {
            let group = self.file.get_row_group(group)?;
            let rows = usize::try_from(group.metadata().num_rows())?;
            let (mut levels, mut values) = (Vec::new(), Vec::new());
            let mut column = get_typed_column_reader::<T>(group.get_column_reader(index)?);
            let (read, ..) = column.read_records(rows, Some(&mut levels), None, &mut values)?;
            if read < rows {
                return Err(ParquetError::EOF(format!("{read} of {rows} rows")));
            }
            // A column whose cells are never empty has no levels.
            if levels.is_empty() {
                levels = vec![1; rows];
            }
            let mut values = values.into_iter();
            cells.extend(levels.into_iter().map(|level| match level {
                0 => None,
                _ => values.next(),
            }));
        }
        Ok(cells)
    }
}

/// The parquet crate panics on one damaged file in a few hundred. What it works on is only here.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("a damaged page".to_owned())))
}
