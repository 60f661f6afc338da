//! Every table and key of the files that users write: what parsers know, what the page "Study file reference" says, and
//! what an editor is told by a JSON schema are all made of the tables here.

mod claim_file;
mod job;
mod kind;
mod page;
mod paper_file;
mod pretraining_file;
mod profile_file;
mod protocol_file;
mod schema;
mod shape;
mod study_file;
#[cfg(test)]
mod tests;

pub(crate) use claim_file::{CLAIM, QUOTED};
pub(crate) use job::KEYS;
pub use kind::FileKind;
pub use page::page;
pub use schema::schema;
pub(crate) use study_file::{STUDY, TABLE, WHEN};
