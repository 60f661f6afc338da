//! Files and checkpoints from the Hugging Face hub, through its own client.
//!
//! `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_CACHE` and `HF_HUB_OFFLINE` mean what they mean to
//! Python's `huggingface_hub`, and checkpoints lie in the same cache. Nothing here prints.

mod checkpoint;
mod client;
mod error;
mod name;
mod patience;

pub use checkpoint::Checkpoint;
pub use client::Hub;
pub use error::HubError;
pub use name::Name;
pub use patience::Progress;
