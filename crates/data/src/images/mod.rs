//! Sets of images in the layouts that they are published in.
//!
//! A [`Published`] set is found in one of its layouts, decoded once by the reader of that layout and
//! cached; what it opens to, an [`ImageSet`], is pixels and labels.

pub(crate) mod archive;
pub(crate) mod binary;
mod bitmap;
pub(crate) mod decoded;
pub(crate) mod idx;
mod numpy;
pub(crate) mod parquet;
pub(crate) mod published;
pub(crate) mod python;
pub(crate) mod sheets;
#[cfg(test)]
mod tests;
pub(crate) mod undecoded;

pub use decoded::Sizes;
pub use published::{ImageSet, Images, Published};
