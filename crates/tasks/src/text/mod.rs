//! What text bodies are pretrained with: a corpus byte by byte, and two ways to learn from it.
//!
//! `next` predicts the byte that follows; `masked` predicts bytes that were hidden, from both sides.
//! Both read the same windows of the same corpora in the same order.

mod corpus;
#[cfg(test)]
mod letters;
mod masked;
mod masking;
mod next;
mod source;
mod windows;

pub(crate) use masked::MaskedText;
pub(crate) use next::Text;
