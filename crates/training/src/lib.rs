//! One job: an input net, a body and an output net, trained and evaluated.
//!
//! [`Job`] says everything that a run's numbers depend on; [`Job::id`] names it by content; [`run`]
//! turns it into an [`Outcome`]. Nothing here prints or knows where results are kept: what a run
//! has to say goes to its [`Observer`].

mod attention;
mod bodies;
mod checkpoint;
mod clip;
mod count;
mod device;
mod error;
mod export;
mod feed;
mod finish;
mod half;
mod job;
mod measure;
mod meter;
mod model;
mod nets;
mod observer;
mod operations;
mod optimizer;
mod outcome;
mod prefetch;
mod recipe;
mod record;
mod reuse;
mod run;
mod sample;
mod selection;
mod session;
#[cfg(test)]
mod small;
mod start;
mod step;
mod stretch;
mod trained_body;
mod trial;
mod workplace;

pub use attention::MAPPED_SEED;
pub use bodies::Bodies;
pub use checkpoint::{Progress, forget, progress};
pub use count::{as_the_paper_counts, labels, ledger};
pub use error::TrainingError;
pub use export::export;
pub use job::{Checkpoint, Initialisation, Job, JobId, SCHEMA, TaskSpec};
pub use model::Model;
pub use observer::Observer;
pub use operations::{curve_examples, forward_operations, job_operations, step_operations};
pub use outcome::{AttentionMap, CurvePoint, Outcome, Score, Tested};
pub use recipe::{FIELDS, Field, GiveUp, Precision, Range, Recipe, RecipeChanges, Schedule};
pub use reuse::{Reuse, same_body};
pub use run::run;
pub use start::origin;
pub use trial::{Evaluation, Trial};
pub use workplace::{JobFiles, Workplace};
