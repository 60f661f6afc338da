//! The queue of a cluster, and what is like one: takes arrays of tasks, says what it knows of them, and lets go of them.
//!
//! Nothing here knows what a task does. What came of it is never asked of a queue: tasks leave files, and those are the truth. A
//! queue is asked for what it alone knows, namely what waits in it, why, and where something runs.

mod array;
mod ask;
mod command;
mod local;
mod slurm;

pub use array::{Array, Request};
pub use ask::{Failure, Queue, Seen, TaskState};
pub use local::Local;
pub use slurm::Slurm;
