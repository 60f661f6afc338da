use super::canvas::{Canvas, Drawn};
use super::frame::{Frame, Slot};
use super::legend::{Entry, key, lines};
use super::style::{INK, MUTED, SMALL_SIZE, TITLE_SIZE, bold, text};
use crate::along::Width;
use crate::blocks::FigureBlock;
use crate::error::ReportError;
use plotters::prelude::{IntoDrawingArea, SVGBackend, Text, WHITE};

/// A figure before it is drawn: its panels, and the words around them.
pub(crate) struct Sketch<'a> {
    /// The stem of its files.
    pub name: String,
    pub title: String,
    pub caption: String,
    pub(super) legend: Vec<Entry>,
    pub(super) panels: Vec<Box<dyn Panel + 'a>>,
    /// Pixels from the top of a panel to the next one's under it.
    pub(super) tall: i32,
    /// Pixels across that it needs.
    pub(super) least: i32,
}

/// A part of a figure that draws itself where it is told to.
pub(super) trait Panel: Sync {
    fn draw(&self, canvas: &Canvas<'_>, slot: Slot) -> Drawn;
}

impl Sketch<'_> {
    /// What a report says of it.
    pub fn block(self) -> FigureBlock {
        FigureBlock {
            name: self.name,
            title: self.title,
            caption: self.caption,
        }
    }

    /// The whole figure, as wide as it needs to be at least.
    pub fn svg(&self, width: Width) -> Result<String, ReportError> {
        self.drawn(width, &self.title, &self.caption)
    }

    /// The figure without its title and caption.
    pub fn bare(&self) -> Result<String, ReportError> {
        self.drawn(Width::default(), "", "")
    }

    fn drawn(&self, width: Width, title: &str, caption: &str) -> Result<String, ReportError> {
        let width = i32::from(width.0).max(self.least);
        let legend = lines(&self.legend, width);
        let panels = (self.panels.len(), self.tall);
        let frame = Frame::new(width, title, legend.len(), panels, caption);
        let mut svg = String::new();
        {
            let size = (width as u32, frame.height as u32);
            let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            self.paint(&canvas, &frame, &legend)
                .and_then(|()| canvas.present())
                .map_err(|error| ReportError::Figure(error.to_string()))?;
        }
        Ok(svg)
    }

    fn paint(&self, canvas: &Canvas<'_>, frame: &Frame, legend: &[Vec<(i32, &Entry)>]) -> Drawn {
        canvas.fill(&WHITE)?;
        for (line, at) in frame.title() {
            canvas.draw(&Text::new(line, at, bold(TITLE_SIZE, INK)))?;
        }
        for (index, line) in legend.iter().enumerate() {
            let y = frame.legend(index);
            line.iter()
                .try_for_each(|(left, entry)| key(canvas, *left, y, entry))?;
        }
        for (index, panel) in self.panels.iter().enumerate() {
            panel.draw(canvas, frame.slot(index))?;
        }
        for (line, at) in frame.caption() {
            canvas.draw(&Text::new(line, at, text(SMALL_SIZE, MUTED)))?;
        }
        Ok(())
    }
}
