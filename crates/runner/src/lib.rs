//! Runs the jobs of a plan: a pool of processes, how many at a time, and how long it will take.
//!
//! A [`Pool`] runs jobs with an [`Executor`], usually [`Processes`], each when what it needs is finished.
//! [`arrange`] says how many at a time and on how many threads, a [`Forecast`] how long that takes.

mod accelerators;
mod arrange;
mod board;
mod event;
mod executor;
mod forecast;
mod limit;
mod memory;
mod pool;
mod process;
mod situation;
mod watchdog;
mod wire;

pub use accelerators::{Accelerators, Needs, arrange_on};
pub use arrange::{Arrangement, Machine, Pace, Wish, arrange};
pub use event::{Event, Passed, Threads};
pub use executor::{Ending, Executor, Progress, Stop, Worker};
pub use forecast::{ASSUMED_RATE, Forecast};
pub use limit::Limit;
pub use memory::{bytes, device_bytes, is_out_of_memory};
pub use pool::{Pool, Summary};
pub use process::Processes;
pub use wire::{Line, Order};
