//! The tasks of the paper and the corpora bodies are pretrained on: fetch, decode, generate.
//!
//! A task turns data into [`Batch`]es of numbers. It knows no model and holds no training state:
//! every batch is a pure function of `(seed, step)`, so a run can stop and go on anywhere, and two
//! cells with the same seed see the same examples in the same order.

mod task;

pub use task::{Batch, Floor, Form, Inputs, Readout, Shape, Split, Task};
