//! What runs leave behind: job folders, which are the truth, and the parquet files rebuilt from
//! them. The one place that knows the schema.
//!
//! ```text
//! <root>/<profile>/format.toml       version of this layout
//! <root>/<profile>/jobs/<id>/        job.toml, curve.parquet, outcome.json, ...
//! <root>/<profile>/<study>/          {runs,curves,tests,provenance}.parquet
//! ```

mod atomic;
mod curve_file;
mod error;
mod folder;
mod frame;
mod provenance;
mod provenance_file;
mod rebuild;
mod rows {
    pub use evidence::{Cell, Curve, Run};
}
mod runs_file;
mod store;
mod tests_file;

pub use atomic::atomic_write;
pub use curve_file::read_curves;
pub use error::ResultsError;
pub use folder::{JobFolder, JobLock, JobState};
pub use provenance::Provenance;
pub use rebuild::{Rebuilt, rebuild};
pub use rows::{Cell, Curve, Run};
pub use runs_file::read_runs;
pub use store::{FORMAT, Store};
