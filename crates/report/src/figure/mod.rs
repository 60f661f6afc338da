//! Curves as SVG and PNG: accuracy above, loss below, a panel for each column of the table.
//!
//! The same numbers give the same bytes: the only font is the one in this crate, and nothing asks
//! the machine for a time, a size or a locale.

mod axes;
mod canvas;
mod curve_panel;
mod curves;
mod figures;
mod frame;
mod gutter;
mod legend;
mod look;
mod rates;
mod series;
mod sketch;
mod style;

pub(crate) use figures::sketches;
pub use figures::{Figure, figures};
