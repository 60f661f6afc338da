//! Where to compute: the devices that were named, opened without a panic, and what they say of themselves.

mod facts;
mod name;
mod open;
mod probe;
mod quiet;

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "wgpu")]
mod wgpu;

pub use facts::Facts;
pub use name::{DeviceName, Devices, Kind};
pub use open::{device, open, open_only};
pub use probe::{is_there, probe};
pub use quiet::{message, panic_hook, quietly};
