//! What was measured, and what it says of a question's claims: cells, runs and curves, the registry of
//! measures, statistics, verdicts.
//!
//! Everything here is a pure function of [`Run`]s and [`Curve`]s. It knows neither how cells are planned
//! and run nor how results are kept, and it renders nothing.

mod against;
mod arrival;
mod badge;
mod behind;
mod cell;
mod chance;
mod chosen;
mod comparison;
mod course;
mod curve;
mod evidence;
mod extent;
mod finding;
mod findings;
mod inquiry;
mod look;
mod measure;
mod normality;
mod outlook;
mod p_value;
mod paper;
mod pooled;
mod question;
mod reading;
mod registry;
mod rule;
mod run;
mod sample;
pub mod seed;
mod sign_flip;
mod spread;
pub mod statistics;
mod student;
mod sums;
mod undecided;
mod unit;
mod verdict;

pub use against::Against;
pub use arrival::{Arrival, arrivals};
pub use cell::{Cell, Choice, Place, Rate};
pub use chance::by_chance;
pub use chosen::{Chosen, Selected, Trial, select};
pub use comparison::compare;
pub use curve::{Curve, QUANTITIES, Quantity, VALIDATION_ACCURACY, VALIDATION_LOSS};
pub use evidence::Evidence;
pub use extent::extent;
pub use finding::Finding;
pub use findings::findings;
pub use look::Look;
pub use measure::{Direction, Measure, Of};
pub use normality::{Moment, Normality, normality};
pub use p_value::p_value;
pub use paper::{Flag, PaperTable, PaperValue, cited};
pub use pooled::{Pooled, pool};
pub use question::{
    Axis, Claim, ClaimTest, Looks, ProtocolNote, Question, Quoted, TableSpec, Term,
};
pub use reading::Reading;
pub use registry::{ATTENTION_SHARE, MEASURES, STEPS_TO_ACCURACY, TEST_ACCURACY, is_of_attention};
pub use run::Run;
pub use spread::{Spread, spread};
pub use statistics::Estimate;
pub use unit::Unit;
pub use verdict::{More, Verdict};
