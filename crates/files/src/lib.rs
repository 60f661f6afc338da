//! The one way to write a file whole: a reader, or a run after a crash, sees the old bytes or the new
//! ones and nothing between. And what goes with it: locks, and telling a file that cannot be read from one
//! that is not there.
//!
//! A temporary name in the same folder, synced, then renamed. What a killed writer leaves carries
//! [`PREFIX`] and the name of the file it was to become, and is swept away by whoever is the one to write
//! that file ([`sweep`]).

mod lacks;
mod lock;
mod sweep;
mod sync;
mod there;
mod whole;

pub use lacks::lacks;
pub use lock::{Holder, Lock};
pub use sweep::{PREFIX, sweep};
pub use sync::sync;
pub use there::{is_file, read};
pub use whole::{begin, put, settle, write, write_at, write_changed, write_with};
