//! The one way to write a file whole: a reader, or a run after a crash, sees the old bytes or the new
//! ones and nothing between. And what goes with it: locks, folders that one process has to itself ([`Hold`]), telling a file that cannot be read from one
//! that is not there, and one that a newer version wrote from one that is damaged.
//!
//! A temporary name in the same folder, synced, then renamed. What a killed writer leaves carries
//! [`PREFIX`] and the name of the file it was to become, and is swept away by whoever is the one to write
//! that file ([`sweep()`]), or, where nobody is, once it is old ([`sweep_older`]).

mod below;
mod harmless;
mod hold;
mod lacks;
mod lock;
mod plain;
mod process;
mod sweep;
mod sync;
mod there;
mod unfit;
mod watch;
mod whole;

pub use below::is_below;
pub use harmless::harmless;
pub use hold::{Hold, Holder, is_hold, is_passing, token};
pub use lacks::lacks;
pub use lock::Lock;
pub use plain::plain;
pub use process::{Process, processor_time, processor_time_of};
pub use sweep::{PREFIX, is_littered, sweep, sweep_older};
pub use sync::sync;
pub use there::{bytes, is_file, open, read};
pub use unfit::{Unfit, from_json, from_toml};
pub use watch::{Sign, Watch};
pub use whole::{begin, put, settle, sync_folder, write, write_at, write_changed, write_with};
