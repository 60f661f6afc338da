//! What was measured, and what it says of a question's claims: cells, runs and curves, the registry of
//! measures, statistics, verdicts.
//!
//! Everything here is a pure function of [`Run`]s and [`Curve`]s. It knows neither how cells are planned
//! and run nor how results are kept, and it renders nothing.

mod cell;
mod chosen;
mod comparison;
mod curve;
mod family;
mod finding;
mod measure;
mod p_value;
mod paper;
mod pooled;
mod question;
mod run;
pub mod seed;
pub mod statistics;
mod verdict;

pub use cell::{Cell, Choice, Place, Rate};
pub use chosen::{Chosen, Selected, Trial, select};
pub use comparison::compare;
pub use curve::{Curve, QUANTITIES, Quantity, VALIDATION_ACCURACY, VALIDATION_LOSS};
pub use family::Decision;
pub use finding::{Finding, findings};
pub use measure::{Direction, MEASURES, Measure, Of, Reading, TEST_ACCURACY, Unit};
pub use p_value::p_value;
pub use paper::{Flag, PaperTable, PaperValue};
pub use pooled::{Pooled, pool};
pub use question::{
    Axis, Claim, ClaimTest, Looks, ProtocolNote, Question, Quoted, TableSpec, Term,
};
pub use run::Run;
pub use statistics::Estimate;
pub use verdict::Verdict;
