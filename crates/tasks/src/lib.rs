//! The tasks of the paper and the corpora bodies are pretrained on: what is learned from data.
//!
//! A task turns data into [`Batch`]es of numbers. It knows no model and holds no training state:
//! every batch is a pure function of `(seed, step)`, so a run can stop and go on anywhere, and two
//! cells with the same seed see the same examples in the same order. Where data comes from, and what
//! its files say, is the crate `data`'s.
//!
//! [`REGISTRY`] lists the tasks; [`settings`] completes and checks a table of settings, [`shape`]
//! tells the sizes without touching data, [`open`] gives the task.
//!
//! A new task is a file with its [`Settings`], and a line in the registry; where its examples are
//! drawn, a [`Generator`] is all else it needs.
//!
//! | room | what |
//! |---|---|
//! | `task`, `settings` | what a task is, and what its file provides |
//! | `entry`, `registry` | every task under its name |
//! | `generated`, `streams`, `order`, `floors` | what tasks share: draws, epochs, trivial strategies |
//! | `bit_memory`, `bit_xor`, `listops`, `images`, `proteins`, `recall`, `rule_90`, `addition` | the tasks |
//! | `text`, `procedural` | what bodies are pretrained on |
//! | `automaton` | the step of `rule_90` and of `procedural` |

mod addition;
mod automaton;
mod bit_memory;
mod bit_xor;
#[cfg(test)]
#[path = "../../data/src/damage.rs"]
mod damage;
mod entry;
mod error;
mod floors;
mod folder;
mod generated;
mod images;
mod listops;
mod order;
mod procedural;
mod proteins;
mod recall;
mod registry;
mod rule_90;
mod settings;
mod streams;
mod task;
mod text;

// Every task is opened with one.
pub use ::data::DataDir;
pub use entry::{Entry, Open};
pub use error::TaskError;
pub use floors::majority;
pub use folder::Folder;
pub use generated::{Generated, Generator};
pub use registry::{
    REGISTRY, content, data, entry, folder, open, readable, settings, shape, source, tested,
    validated,
};
pub use settings::{Settings, within};
pub use streams::stream;
pub use task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Stored, Task, View};
