//! The curves of a study for programs of others: a table of points, and event files of TensorBoard. The same
//! runs give the same bytes.

mod clock;
mod event;
mod moment;
mod neighbours;
mod plain;
mod record;
mod run_curve;
mod run_names;
mod tensorboard;

pub use clock::Clock;
pub use neighbours::Neighbours;
pub use plain::csv;
pub use run_curve::RunCurve;
pub use run_names::run_names;
pub use tensorboard::write_tensorboard;
