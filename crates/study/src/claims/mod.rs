//! `[[claim]]`: from how it is written to sums of cells.

mod draft;
mod form;
mod on_grid;
mod operand;
mod place;
mod quoted;

pub(crate) use draft::{Draft, drafts};
pub(crate) use form::named;
pub(crate) use on_grid::{Others, on_grid};
pub(crate) use place::place;
