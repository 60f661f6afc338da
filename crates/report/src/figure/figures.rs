use super::look::Look;
use super::sketch::Sketch;
use super::{curves, forest, maps, rates};
use crate::along::Width;
use crate::drawn_from;
use crate::error::ReportError;
use crate::sheet::Sheet;
use crate::summary::Summary;
use std::path::Path;
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
    Gallery::of(summary, width, None).figures()
}

/// The same figures, drawn by as many threads as go on with them.
pub(crate) struct Gallery<'a> {
    frames: Vec<(Sketch<'a>, OnceLock<Result<Figure, ReportError>>)>,
    width: Width,
    /// Where they may lie already.
    dir: Option<&'a Path>,
    next: AtomicUsize,
}

impl<'a> Gallery<'a> {
    pub fn of(summary: &'a Summary, width: Width, dir: Option<&'a Path>) -> Self {
        Self {
            frames: all(summary)
                .map(|sketch| (sketch, OnceLock::new()))
                .collect(),
            width,
            dir,
            next: AtomicUsize::new(0),
        }
    }

    /// Draws figure by figure what no other thread has begun.
    pub fn go_on(&self) {
        let begin = || self.frames.get(self.next.fetch_add(1, Ordering::Relaxed));
        while let Some((sketch, figure)) = begin() {
            figure.get_or_init(|| Figure::draw(sketch, self.width, self.dir));
        }
    }

    /// What [`drawings`] has, of figures that are drawn anyway.
    pub fn drawings(&self) -> Result<Vec<Drawing>, ReportError> {
        let frames = self.frames.iter();
        frames.map(|(sketch, _)| Drawing::of(sketch)).collect()
    }

    /// All of them in their order; draws what is missing.
    pub fn figures(self) -> Result<Vec<Figure>, ReportError> {
        let (width, dir) = (self.width, self.dir);
        let frames = self.frames.into_iter();
        let drawn = |(sketch, figure): (Sketch<'a>, OnceLock<_>)| {
            let figure = figure.into_inner();
            figure.unwrap_or_else(|| Figure::draw(&sketch, width, dir))
        };
        frames.map(drawn).collect()
    }
}

/// The same figures without their titles and captions, for a page that says them itself.
///
/// # Errors
/// [`ReportError::Figure`].
pub(crate) fn drawings(summary: &Summary) -> Result<Vec<Drawing>, ReportError> {
    all(summary).map(|sketch| Drawing::of(&sketch)).collect()
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

impl Drawing {
    fn of(sketch: &Sketch<'_>) -> Result<Self, ReportError> {
        Ok(Self {
            svg: sketch.bare()?,
            name: sketch.name.clone(),
        })
    }
}

impl Figure {
    /// In a folder where it may lie already.
    fn draw(sketch: &Sketch<'_>, width: Width, dir: Option<&Path>) -> Result<Self, ReportError> {
        let svg = sketch.svg(width)?;
        let file = format!("{}.png", sketch.name);
        let there = dir.and_then(|dir| files::read(&dir.join(file)).ok()?);
        Ok(Self {
            name: sketch.name.clone(),
            png: drawn_from::png(&svg, SCALE, there)?,
            svg,
        })
    }
}
