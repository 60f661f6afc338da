//! Where data lies and how it gets there.

mod convert;
mod debian;
mod download;
mod fetch;
mod folder;
mod hub;
mod hub_proteins;
mod items;
mod npm;
mod origin;
mod package;
mod place;
mod refusal;
mod rows;
mod take;

pub use fetch::{Fetched, Progress, fetch};
pub use folder::DataDir;
pub use items::{ITEMS, Item, Package, Source, item};
pub use take::take;

#[cfg(test)]
pub(crate) use folder::read;
pub(crate) use folder::{layout, path_of, read_file};
pub(crate) use items::{CIFAR10, ENGLISH, HOMOLOGY, MNIST, PROTEIN_FAMILY, WIKITEXT};
pub(crate) use rows::rows;
