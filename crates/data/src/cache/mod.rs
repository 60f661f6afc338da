//! What was decoded or generated once, in memory-mapped files beside the data.
//!
//! A file `<data root>/.cache/<name>-<key>.kept` holds named sections of bytes. Processes that use
//! it share its pages. It is only ever a copy: a file that is damaged, of an older version or made
//! from other sources is made again, and where none can be written the bytes are used from memory.
//! The checksum is verified whenever a file is opened (40 ms for the 184 MB of CIFAR-10).

mod cached;
mod fingerprint;
mod format;
mod store;
#[cfg(test)]
mod tests;

pub use cached::cached;
pub use fingerprint::Fingerprint;
pub use store::{Builder, Section, Sections};
