//! The sequence models that are frozen, and their checkpoints. This crate knows no task.
//!
//! A [`Body`] is built at random from a [`BodyConfig`], or read with [`load`] from a folder in the
//! hub's layout; [`Body::forward`] takes hidden states to hidden states.

mod activation;
mod architecture;
mod bodies;
mod body;
mod check;
mod checkpoint;
mod config;
mod error;
mod fields;
mod finite;
mod found;
mod header;
mod hub_config;
mod hub_fields;
mod hub_format;
mod index;
mod init;
mod instead;
mod json;
mod layers;
mod matching;
mod mistaken;
mod model;
mod names;
mod pass;
mod pickle;
mod remake;
mod safetensors;
mod size;
mod verify;
mod weights;

pub use activation::Activation;
pub use bodies::*;
pub use checkpoint::{load, read_config, save, unknown_fields};
pub use error::BackboneError;
pub use init::Init;
pub use layers::{Linear, Norm, Table};
pub use pass::Pass;
pub use remake::{Remake, Unit, with_fresh_positions};
pub use size::Size;
pub use verify::{Verification, verify, write_reference};
pub use weights::{checkpoint_files, shards};
