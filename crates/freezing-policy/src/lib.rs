//! Which parameters of a model train, said as data.
//!
//! A model labels every one of its parameters with a [`Group`] in a [`Ledger`]; a [`Policy`] names
//! the groups that train; [`Policy::apply`] turns gradients on for those and off for all others.
//! This crate knows neither bodies nor tasks.

mod error;
mod group;
mod ledger;
mod policy;

pub use error::PolicyError;
pub use group::{Group, Label};
pub use ledger::{Entry, GroupCount, Ledger};
pub use policy::{Policy, terms};
