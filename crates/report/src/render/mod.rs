//! A report in each format. A renderer knows blocks and nothing of studies.

mod csv;
pub(crate) mod grid;
pub(crate) mod html;
mod latex;
pub(crate) mod markdown;

use crate::blocks::Report;

/// A format: the name of its file, and the whole of it.
type Renderer = (&'static str, fn(&Report) -> String);

/// What is written of every report, in this order; [`html`] needs the figures as well.
pub(crate) const RENDERERS: &[Renderer] = &[
    ("table.md", markdown::render),
    ("table.csv", csv::render),
    ("table.tex", latex::render),
];
