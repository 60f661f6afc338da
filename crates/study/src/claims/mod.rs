//! The part of a study that says how its answer is laid out and what is claimed of it.

mod draft;
mod form;
mod on_grid;
mod operand;
mod place;
mod quoted;
mod table_spec;

pub(crate) use draft::{Draft, drafts};
pub(crate) use on_grid::on_grid;
pub(crate) use table_spec::table_spec;
