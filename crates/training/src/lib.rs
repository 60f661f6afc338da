//! One job: an input net, a body and an output net, trained and evaluated.
//!
//! [`Job`] says everything that a run's numbers depend on; [`Job::id`] names it by content.

mod job;
mod outcome;

pub use job::{Initialisation, Job, JobId, Recipe, SCHEMA, Schedule, TaskSpec};
pub use outcome::{CurvePoint, Outcome, Score};
