//! What runs leave behind: job folders, which are the truth, and the parquet files rebuilt from
//! them. The one place that knows the schema.

mod rows;

pub use rows::{Cell, Curve, Run};
