//! Files and checkpoints from the Hugging Face hub.
//!
//! `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_CACHE` and `HF_HUB_OFFLINE` mean what they mean to
//! Python's `huggingface_hub`, and checkpoints lie in the same cache. Nothing here prints.

mod cache;
mod checkpoint;
mod client;
mod dataset;
mod environment;
mod error;
mod head;
mod instead;
mod model;
mod name;
mod progress;
mod remote;
mod weights;

pub use checkpoint::Checkpoint;
pub use client::Hub;
pub use error::HubError;
pub use name::Name;
pub use progress::Progress;
pub use weights::Shards;
