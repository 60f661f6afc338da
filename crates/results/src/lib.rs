//! What runs leave behind: job folders, which are the truth, and the parquet files rebuilt from
//! them. The one place that knows the schema.
//!
//! ```text
//! <root>/<profile>/format.toml       version of this layout
//! <root>/<profile>/jobs/<id>/        job.toml, curve.parquet, outcome.json, ...
//! <root>/<profile>/<study>/          study.toml, {runs,curves,tests,provenance}.parquet
//! <root>/<profile>/<study>/apart/    the same files, of jobs that the study does not have as it stands
//! ```

mod alone;
mod attention_file;
mod borrowing;
mod cell_columns;
mod curve_file;
mod dictionary;
mod error;
mod finished;
mod folder;
mod format;
mod frame;
mod glance;
mod halves;
mod known;
mod measures_file;
mod owner;
mod parquet_bytes;
mod plain_file;
mod provenance;
mod provenance_file;
mod published;
mod rebuild;
mod removal;
mod runs_file;
mod seen;
mod stamps;
mod store;
mod studies;
mod sums;
mod tests_file;
mod values;

pub use borrowing::{Taken, borrow_rows, take_rows};
pub use curve_file::read_curves;
pub use error::ResultsError;
pub use folder::{JobFolder, JobLock, JobState};
pub use format::FORMAT;
pub use known::Known;
pub use owner::Owner;
pub use plain_file::write_parquet;
pub use provenance::{Provenance, Read};
pub use published::Row;
pub use rebuild::{PRETRAININGS, Rebuilt, are_covered, look_up, rebuild, seeds, stored_seeds};
pub use removal::{remove_rows, studies_with};
pub use runs_file::read_runs;
pub use store::Store;
pub use studies::{published_in, rows_of_all, studies};
pub use values::Values;
