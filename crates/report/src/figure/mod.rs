//! Curves as SVG and PNG: accuracy above, loss below, a panel for each column of the table.
//!
//! The same numbers give the same bytes: the only font is the one in this crate, and nothing asks
//! the machine for a time, a size or a locale.

mod layout;
mod page;
mod panel;
mod series;
mod style;
mod text;

pub(crate) use text::{width, wrap};

use crate::{ReportError, Summary, png};
use results::Curve;
use series::panels;

/// Sharp where a page shows the figure at its own width.
const SCALE: f32 = 2.0;

/// A figure of one sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The stem of its files: `curves`, with the sheet's choices where a study has several.
    pub name: String,
    pub svg: String,
    pub png: Vec<u8>,
}

/// Draws the curves of each sheet that has any.
///
/// # Errors
/// [`ReportError::Figure`].
pub fn figures(summary: &Summary, curves: &[Curve]) -> Result<Vec<Figure>, ReportError> {
    let mut figures = Vec::new();
    for sheet in &summary.sheets {
        let panels = panels(summary, sheet, curves);
        if panels.iter().all(|panel| panel.lines.is_empty()) {
            continue;
        }
        let choices = sheet
            .fixed
            .iter()
            .map(|(_, value)| value.replace(['/', '\\', ' '], "-"));
        let name = ["curves".to_owned()]
            .into_iter()
            .chain(choices)
            .collect::<Vec<_>>()
            .join("-");
        let svg = page::draw(summary, sheet, &panels)?;
        let png = png::render(&svg, SCALE)?;
        figures.push(Figure { name, svg, png });
    }
    Ok(figures)
}
