//! The one place that knows the parquet schema.
