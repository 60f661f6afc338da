//! Turns what a cell says into jobs: the profile, its protocol and the pretrainings fill in the rest.

mod beginning;
mod body;
mod job;
mod one_body;
mod protocols;
mod recipe;
mod resolver;
mod task;

pub(crate) use job::{Draft, Need, Resolved};
pub(crate) use protocols::Rates;
pub(crate) use resolver::Resolver;
