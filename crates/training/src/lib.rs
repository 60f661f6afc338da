//! One job: an input net, a body and an output net, trained and evaluated.
//!
//! [`Job`] says everything that a run's numbers depend on; [`Job::id`] names it by content; [`run`]
//! turns it into an [`Outcome`]. Nothing here prints or knows where results are kept: what a run
//! has to say goes to its [`Observer`].

mod checkpoint;
mod count;
mod error;
mod export;
mod features;
mod feed;
mod job;
mod kept;
mod left;
mod measure;
mod meter;
mod model;
mod nets;
mod optimizer;
mod outcome;
mod precision;
mod prefetch;
mod record;
mod run;
mod sample;
mod start;
mod step;
mod trial;

pub use checkpoint::forget;
pub use count::{as_the_paper_counts, labels, ledger};
pub use error::TrainingError;
pub use export::export;
pub use job::{Initialisation, Job, JobId, Recipe, SCHEMA, Schedule, TaskSpec};
pub use kept::{Kept, same_body};
pub use model::Model;
pub use outcome::{CurvePoint, Outcome, Score, Tested};
pub use precision::Precision;
pub use run::{Observer, Surroundings, run};
pub use trial::{Evaluation, Trial};
