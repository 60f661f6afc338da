//! Tables, statistics and figures: what a study's numbers say, beside the paper's and the floors.
//!
//! [`write()`] makes every file of a report; [`table`] and [`figures`] make their part of it.

mod chosen;
mod claims;
mod csv;
mod error;
mod figure;
mod format;
mod latex;
mod markdown;
mod paper;
mod png;
mod prose;
mod samples;
mod sheet;
pub mod statistics;
mod summary;
mod verdict;
mod written;

pub use chosen::{Chosen, Trial};
pub use claims::{Finding, Measure};
pub use error::ReportError;
pub use figure::{Figure, figures};
pub use paper::{Flag, PaperTable, PaperValue};
pub use samples::{Samples, samples};
pub use sheet::{Against, Choice, Place, Sheet};
pub use summary::Summary;
pub use verdict::Verdict;
pub use written::{Written, plot, table, write};
