//! Rows of parquet files.

use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::Row;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `each` on every row of a parquet file; `damaged` makes an error of what was found instead.
pub(crate) fn rows<E>(
    file: impl ChunkReader + 'static,
    damaged: impl Fn(String) -> E,
    mut each: impl FnMut(&Row) -> Result<(), E>,
) -> Result<(), E> {
    // The parquet crate panics on one damaged file in a few hundred (a page that is too short, a
    // negative length, a dictionary or a column that is not there). What it works on is only here.
    let read = AssertUnwindSafe(|| {
        let wrong = |error: ParquetError| damaged(error.to_string());
        let reader = SerializedFileReader::new(file).map_err(wrong)?;
        for row in reader.get_row_iter(None).map_err(wrong)? {
            each(&row.map_err(wrong)?)?;
        }
        Ok(())
    });
    catch_unwind(read).unwrap_or_else(|_| Err(damaged("a damaged page".to_owned())))
}
