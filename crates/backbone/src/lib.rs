//! The sequence models that are frozen, and their checkpoints. This crate knows no task.
//!
//! A [`Body`] is built at random from a [`BodyConfig`], or read with [`load`] from a folder in the
//! hub's layout; [`Body::forward`] takes hidden states to hidden states.

mod bert;
mod body;
mod checkpoint;
mod config;
mod error;
mod gpt2;
mod init;
mod layers;
mod noise;
mod t5;
mod verify;
mod vit;

pub use bert::Bert;
pub use body::Body;
pub use checkpoint::{load, read_config, save};
pub use config::{
    BertConfig, BodyConfig, FeedForwardProj, Gpt2Config, MODEL_TYPES, T5Config, VitConfig,
};
pub use error::BackboneError;
pub use gpt2::Gpt2;
pub use init::Init;
pub use layers::{Linear, Norm};
pub use noise::Noise;
pub use t5::T5;
pub use verify::{Verification, verify};
pub use vit::Vit;
