//! Where data lies and how it gets there.

mod convert;
mod debian;
mod fetch;
mod folder;
mod hub;
mod hub_proteins;
mod items;
mod package;

pub use fetch::{Fetched, Progress, fetch};
pub use folder::DataDir;
pub use items::{ITEMS, Item, Package, Source, item};

#[cfg(test)]
pub(crate) use folder::read;
pub(crate) use folder::{layout, present, read_file};
pub(crate) use items::{CIFAR10, ENGLISH, HOMOLOGY, MNIST, PROTEIN_FAMILY, WIKITEXT};
