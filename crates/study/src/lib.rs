//! A question as a TOML grid: plan, jobs and the pool that runs them.
//!
//! A [`Library`] finds files by name; [`Plan::new`] reads a study and expands it into jobs; a
//! [`Pool`] runs them with an [`Executor`], usually [`Processes`]. A mistake in a study is a
//! [`StudyError`] that points at the line, before anything has started.

mod arrange;
mod board;
mod claims;
mod error;
mod executor;
mod forecast;
mod grid;
mod keys;
mod library;
mod named;
mod options;
mod plan;
mod pool;
mod pretraining;
mod process;
mod profile;
mod protocol;
mod question;
mod resolve;
mod rule;
mod source;
mod study;
mod value;
mod wire;

pub use arrange::{Arrangement, Asked, Machine, Rates, arrange};
pub use error::{Spot, StudyError};
pub use executor::{Ending, Executor, Progress, Stop, Worker};
pub use forecast::{ASSUMED_RATE, Forecast, bytes};
pub use library::{Library, Shelf};
pub use named::{body, task};
pub use options::{Checkpoints, Options, parse_filter, parse_seeds};
pub use plan::{Plan, Planned};
pub use pool::{Event, Passed, Pool, Summary, Threads};
pub use process::Processes;
pub use question::{Axis, Claim, Comparison, Measured, Question, TableSpec};
pub use source::Source;
pub use wire::{Line, Order};
