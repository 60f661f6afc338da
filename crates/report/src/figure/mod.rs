//! Figures as SVG and PNG: curves, learning rates, claims.
//!
//! The same numbers give the same bytes: the only font is the one in this crate, and nothing asks
//! the machine for a time, a size or a locale.

mod axes;
mod canvas;
mod curve_panel;
mod curves;
mod figures;
mod forest;
mod forest_panel;
mod forest_row;
mod frame;
mod gutter;
mod legend;
mod look;
mod maps;
mod mark;
mod rates;
mod scale;
mod series;
mod shape;
mod sketch;
mod style;
mod traces;

pub(crate) use figures::{Drawing, Gallery, drawings, sketches};
pub use figures::{Figure, figures};
pub(crate) use forest::{CLAIMS, sketch as claims};
pub(crate) use sketch::Sketch;
