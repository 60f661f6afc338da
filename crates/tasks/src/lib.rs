//! The tasks of the paper and the corpora bodies are pretrained on: fetch, decode, generate.
//!
//! A task turns data into [`Batch`]es of numbers. It knows no model and holds no training state:
//! every batch is a pure function of `(seed, step)`, so a run can stop and go on anywhere, and two
//! cells with the same seed see the same examples in the same order.
//!
//! [`REGISTRY`] lists the tasks; [`settings`] completes and checks a table of settings, [`shape`]
//! tells the sizes without touching data, [`open`] gives the task. Data is had with [`fetch`].
//!
//! A new task is a file with its [`Settings`], and a line in the registry; where its examples are
//! drawn, a [`Generator`] is all else it needs.

mod bit_memory;
mod bit_xor;
mod cache;
#[cfg(test)]
mod damage;
mod data;
mod error;
mod generated;
mod images;
mod listops;
mod order;
mod pickle;
mod proteins;
mod registry;
mod streams;
mod task;
mod text;

pub use data::{DataDir, Fetched, ITEMS, Item, Package, Progress, Source, fetch, item, take};
pub use error::TaskError;
pub use generated::{Generated, Generator, majority};
pub use registry::{Entry, Open, REGISTRY, Settings, data, entry, open, settings, shape, within};
pub use streams::stream;
pub use task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Stored, Task, View};
