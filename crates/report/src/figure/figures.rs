use super::look::Look;
use super::sketch::Sketch;
use super::{curves, forest, maps, rates};
use crate::along::Width;
use crate::error::ReportError;
use crate::png;
use crate::sheet::Sheet;
use crate::summary::Summary;

/// Sharp where a page shows the figure at its own width.
const SCALE: f32 = 2.0;

/// A figure of one sheet, or of the claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The stem of its files: `curves` or `rates`, with the sheet's choices where a study has several, or
    /// `claims`.
    pub name: String,
    pub svg: String,
    pub png: Vec<u8>,
}

/// The SVG of a figure by the name that its block has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    pub name: String,
    pub svg: String,
}

/// Draws, at a width, the curves of each sheet that has any, accuracy against learning rate where that was chosen, and
/// the claims once one has an effect.
///
/// # Errors
/// [`ReportError::Figure`].
pub fn figures(summary: &Summary, width: Width) -> Result<Vec<Figure>, ReportError> {
    all(summary)
        .map(|sketch| Figure::draw(sketch, width))
        .collect()
}

/// The same figures without their titles and captions, for a page that says them itself.
///
/// # Errors
/// [`ReportError::Figure`].
pub(crate) fn drawings(summary: &Summary) -> Result<Vec<Drawing>, ReportError> {
    let draw = |sketch: Sketch<'_>| {
        Ok(Drawing {
            svg: sketch.bare()?,
            name: sketch.name,
        })
    };
    all(summary).map(draw).collect()
}

fn all(summary: &Summary) -> impl Iterator<Item = Sketch<'_>> {
    let sheets = summary.sheets.iter();
    let sketches = sheets.flat_map(|sheet| sketches(summary, sheet));
    sketches.chain(forest::sketch(summary))
}

/// The figures of a sheet, not drawn yet.
pub(crate) fn sketches<'a>(summary: &'a Summary, sheet: &'a Sheet) -> Vec<Sketch<'a>> {
    let look = Look::new(summary, sheet);
    let usual = [curves::sketch(&look), rates::sketch(&look)];
    let maps = maps::sketches(&look);
    usual.into_iter().flatten().chain(maps).collect()
}

impl Figure {
    fn draw(sketch: Sketch<'_>, width: Width) -> Result<Self, ReportError> {
        let svg = sketch.svg(width)?;
        Ok(Self {
            name: sketch.name,
            png: png::render(&svg, SCALE)?,
            svg,
        })
    }
}
