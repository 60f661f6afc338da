//! Turns what a cell says into jobs: the profile, its protocol and the pretrainings fill in the rest.

mod beginning;
mod body;
mod job;
mod protocols;
mod recipe;
mod resolver;
mod task;

pub(crate) use resolver::Resolver;
