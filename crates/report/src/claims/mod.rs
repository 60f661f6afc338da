//! The page of claims: those of any number of studies, each with what is found of it, for a terminal, a page
//! and for programs. The same rows give the same bytes.

mod effect;
mod head;
mod markdown;
mod plain;
mod row;
mod terminal;

pub use markdown::markdown;
pub use plain::{csv, json};
pub use row::{ClaimRow, claim_rows};
pub use terminal::terminal;
