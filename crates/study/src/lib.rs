//! A question as a TOML grid: the plan of its jobs.
//!
//! A [`Library`] finds files by name; [`Plan::new`] reads a study and expands it into jobs. A mistake in
//! a study is a [`StudyError`] that points at the line, before anything has started. Planning reaches
//! nothing outside the library: neither data nor a hub.

mod axes;
mod catalogue;
mod claims;
mod contents;
mod document;
mod error;
mod grid;
mod grid_axis;
mod keys;
mod library;
mod name;
mod named;
mod options;
mod part;
mod pilots;
mod plan;
mod planner;
mod pretraining;
mod profile;
mod protocol;
mod reference;
mod resolve;
mod rule;
mod seeds;
mod size;
mod standing;
mod study;
mod suggest;
mod table_spec;
mod title;
mod value;
mod variants;

pub use catalogue::{Kind, Known, known};
pub use contents::{CheckpointContent, Contents};
pub use document::Document;
pub use error::{Spot, StudyError};
pub use keys::is_checkpoint;
pub use library::{Library, Shelf};
pub use name::is_name;
pub use named::{body, task};
pub use options::{Options, parse_filter, parse_seeds};
pub use plan::{Plan, Planned, Sources, backbones};
pub use reference::{FileKind, page as reference_page, schema};
pub use standing::{Pilot, Standing};
pub use study::is_taken;
pub use title::{pretraining as pretraining_title, title};
