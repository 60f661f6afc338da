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
mod hub_config;
mod init;
mod layers;
mod longformer;
mod lstm;
mod model;
mod names;
mod pass;
mod remake;
mod roberta;
mod safetensors;
mod t5;
mod vanilla;
mod verify;
mod vit;
mod weights;

pub use bert::{Bert, BertConfig};
pub use body::Body;
pub use checkpoint::{load, read_config, save};
pub use config::{BodyConfig, MODEL_TYPES};
pub use error::BackboneError;
pub use gpt2::{Gpt2, Gpt2Config};
pub use hub_config::config_fields;
pub use init::Init;
pub use layers::{Linear, Norm};
pub use longformer::{Longformer, LongformerConfig, Windows};
pub use lstm::{InitialState, Lstm, LstmConfig, NormInit};
pub use pass::Pass;
pub use remake::{Remake, Unit};
pub use roberta::RobertaConfig;
pub use t5::{FeedForwardProj, T5, T5Config};
pub use vanilla::{Vanilla, VanillaConfig};
pub use verify::{Verification, verify, write_reference};
pub use vit::{Vit, VitConfig};
