//! How an item gets here: from its sources, or out of a folder of the user's.

mod built_in;
pub(crate) mod debian;
mod download;
pub(crate) mod fetch;
mod hub;
mod npm;
pub(crate) mod package;
pub(crate) mod progress;
mod refusal;
mod settle;
pub(crate) mod take;
