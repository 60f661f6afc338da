use super::look::Look;
use super::sketch::Sketch;
use super::{curves, forest, maps, rates};
use crate::along::Width;
use crate::error::ReportError;
use crate::png;
use crate::sheet::Sheet;
use crate::summary::Summary;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    Gallery::of(summary, width).figures()
}

/// The same figures, drawn by as many threads as go on with them.
pub(crate) struct Gallery<'a> {
    frames: Vec<(Sketch<'a>, OnceLock<Result<Figure, ReportError>>)>,
    width: Width,
    next: AtomicUsize,
}

impl<'a> Gallery<'a> {
    pub fn of(summary: &'a Summary, width: Width) -> Self {
        Self {
            frames: all(summary)
                .map(|sketch| (sketch, OnceLock::new()))
                .collect(),
            width,
            next: AtomicUsize::new(0),
        }
    }

    /// Draws figure by figure what no other thread has begun.
    pub fn go_on(&self) {
        let begin = || self.frames.get(self.next.fetch_add(1, Ordering::Relaxed));
        while let Some((sketch, figure)) = begin() {
            figure.get_or_init(|| Figure::draw(sketch, self.width));
        }
    }

    /// All of them in their order; draws what is missing.
    pub fn figures(self) -> Result<Vec<Figure>, ReportError> {
        let width = self.width;
        let frames = self.frames.into_iter();
        let drawn = |(sketch, figure): (Sketch<'a>, OnceLock<_>)| {
            let figure = figure.into_inner();
            figure.unwrap_or_else(|| Figure::draw(&sketch, width))
        };
        frames.map(drawn).collect()
    }
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
    fn draw(sketch: &Sketch<'_>, width: Width) -> Result<Self, ReportError> {
        let svg = sketch.svg(width)?;
        Ok(Self {
            name: sketch.name.clone(),
            png: png::render(&svg, SCALE)?,
            svg,
        })
    }
}
