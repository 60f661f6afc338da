//! The sequence models that are frozen, and their checkpoints. This crate knows no task.

mod config;

pub use config::{BodyConfig, Gpt2Config, VitConfig};
