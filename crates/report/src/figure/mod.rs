//! Curves as SVG and PNG: accuracy above, loss below, a panel for each column of the table.
//!
//! The same numbers give the same bytes: the only font is the one in this crate, and nothing asks
//! the machine for a time, a size or a locale.

mod layout;
mod legend;
mod page;
mod panel;
mod rates;
mod series;
mod style;
mod text;

pub(crate) use text::{width, wrap};

use crate::sheet::Sheet;
use crate::{ReportError, Summary, png};
use series::panels;

/// Sharp where a page shows the figure at its own width.
const SCALE: f32 = 2.0;

/// A figure of one sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The stem of its files: `curves` or `rates`, with the sheet's choices where a study has several.
    pub name: String,
    pub svg: String,
    pub png: Vec<u8>,
}

/// Draws the curves of each sheet that has any, and accuracy against learning rate where that was
/// chosen.
///
/// # Errors
/// [`ReportError::Figure`].
pub fn figures(summary: &Summary) -> Result<Vec<Figure>, ReportError> {
    let mut figures = Vec::new();
    for sheet in &summary.sheets {
        let panels = panels(summary, sheet, &summary.curves);
        if panels.iter().any(|panel| !panel.lines.is_empty()) {
            let svg = page::draw(summary, sheet, &panels)?;
            figures.push(Figure::new("curves", sheet, svg)?);
        }
        if let Some(svg) = rates::draw(summary, sheet)? {
            figures.push(Figure::new("rates", sheet, svg)?);
        }
    }
    Ok(figures)
}

impl Figure {
    /// A figure of this kind and sheet.
    fn new(kind: &str, sheet: &Sheet, svg: String) -> Result<Self, ReportError> {
        let choices = sheet.fixed.iter();
        let choices = choices.map(|(_, value)| value.replace(['/', '\\', ' '], "-"));
        let name: Vec<String> = [kind.to_owned()].into_iter().chain(choices).collect();
        Ok(Self {
            name: name.join("-"),
            png: png::render(&svg, SCALE)?,
            svg,
        })
    }
}
