//! How a server is asked over HTTP: by which proxy, trusting whom, and for how long.
//!
//! What is asked is for the caller to say, in `ureq`'s own words. Nothing here prints.

mod agent;
mod fault;
mod proxy;

pub use agent::config;
pub use fault::{is_silence, said};
