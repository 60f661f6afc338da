//! Proteins and their classes: remote homology from TAPE's files, and families from UniProt's.

mod family;
mod floor;
mod homology;
mod iupac;
mod set;
mod task;

pub(crate) use family::ProteinFamily;
pub(crate) use homology::Homology;
