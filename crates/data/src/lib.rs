//! Data sets: where each is to be had, how it lies in a folder, and what its files say.
//!
//! An [`Item`] is a data set that is published somewhere: one file in [`items`] and one row in
//! [`ITEMS`]. [`fetch`] brings it from its [`Source`]s into a [`DataDir`], [`take`] from a folder of
//! the user's. Nothing here knows what is learned from it: readers give bytes and labels.
//!
//! | room | what |
//! |---|---|
//! | [`items`] | every data set there is: files, terms, sources |
//! | `fetching` | package clients, the hub, downloads that go on; a folder appears whole or not at all |
//! | `folder`, `present`, `origin` | where an item lies, and whether its files are what came |
//! | `content`, `digests`, `texts` | what an item says, in a number that tells it from anything else |
//! | [`foreign`] | what often lies where a file should be |
//! | `formats` | files of any use: LMDB, pickles, parquet rows, texts; bounded, and never trusting a length |
//! | [`images`] | the layouts of image sets, decoded to pixels and labels |
//! | [`proteins`] | FASTA, and TAPE's files |
//! | [`cache`] | what was decoded or generated once, mapped by every process that uses it |

pub mod cache;
pub mod foreign;
pub mod images;
pub mod items;
pub mod proteins;

mod content;
#[cfg(test)]
mod damage;
mod digests;
mod error;
mod fetching;
mod folder;
mod formats;
mod hash;
mod hint;
mod item;
mod origin;
mod present;
mod texts;
mod unknown;

pub use content::Content;
pub use error::{DataError, Mismatch};
pub use fetching::fetch::fetch;
pub use fetching::progress::{Fetched, Progress};
pub use fetching::take::take;
pub use folder::DataDir;
pub use hint::note_option;
pub use item::{Item, Make, Package, Reads, Source};
pub use items::{ITEMS, item};
pub use texts::texts;
pub use unknown::Unknown;
