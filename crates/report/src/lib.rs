//! Tables and figures: what a study's numbers say, beside the paper's and the floors.
//!
//! [`write()`] makes every file of a report; [`Report::of`], [`table`] and [`figures`] make their part
//! of it. A [`Report`] is a tree of blocks with typed values, which every format prints its own way.

mod along;
mod background;
mod blocks;
pub mod claims;
mod columns;
mod contents;
pub mod curves;
mod drawn_from;
mod error;
mod figure;
mod file_names;
mod format;
mod lettering;
mod page;
mod pdf;
mod pilots;
mod png;
mod render;
mod samples;
mod sentence;
mod sheet;
mod sparkline;
mod summary;
mod table;
mod words;
mod written;

pub use along::{Along, Horizontal, PlotOptions, Width};
pub use background::{Background, Ran};
pub use blocks::{
    Block, Effect, FigureBlock, FindingBlock, HeatMap, Listing, Record, Report, Section, Tile, Took,
};
pub use columns::two_columns;
pub use error::ReportError;
pub use figure::{Figure, figures};
pub use format::percent;
pub use page::{Extent, PAGE, Studied, page, pages};
pub use render::TableFormat;
pub use samples::{Samples, samples};
pub use sheet::Sheet;
pub use sparkline::sparkline;
pub use summary::Summary;
pub use table::{Align, Behind, Column, Found, Role, Table, Value};
pub use written::{Written, jobs, plot, slices, table, write};
