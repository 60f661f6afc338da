//! A question as a TOML grid: plan, jobs and the pool that runs them.

mod question;

pub use question::{Axis, Claim, Comparison, Question, TableSpec};
