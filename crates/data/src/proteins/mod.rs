//! Files of proteins, residue by residue as they stand there.

pub mod fasta;
pub(crate) mod from_hub;
mod json;
pub mod letters;
pub mod tape;
