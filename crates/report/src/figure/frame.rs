//! The frame of every figure: where its title, legend, panels and caption go.

use super::style::{SMALL_SIZE, TITLE_SIZE};
use crate::lettering::wrap;

/// Left of the first panel, for what its vertical axis means.
pub(super) const LEFT: i32 = 24;
/// Of a panel at least; more go under each other.
const PANEL: i32 = 230;
const TITLE_LINE: i32 = 22;
const LEGEND_LINE: i32 = 20;
const CAPTION_LINE: i32 = 16;

/// A figure's lines of text and its grid of panels.
pub(super) struct Frame {
    title: Vec<String>,
    legend_top: i32,
    width: i32,
    across: usize,
    panels_top: i32,
    /// Of a panel.
    tall: i32,
    caption: Vec<String>,
    caption_top: i32,
    pub height: i32,
}

/// Where a panel goes.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    /// Whether it stands first in its line.
    pub is_first: bool,
}

impl Frame {
    /// `panels` of them, each `tall` pixels, in a figure of a width.
    pub fn new(
        width: i32,
        title: &str,
        legend_lines: usize,
        (panels, tall): (usize, i32),
        caption: &str,
    ) -> Self {
        let most = width - 2 * LEFT;
        let title = wrap(title, TITLE_SIZE * 1.08, most);
        let caption = wrap(caption, SMALL_SIZE, most);
        let legend_top = 22 + TITLE_LINE * title.len() as i32;
        let panels_top = legend_top + LEGEND_LINE * legend_lines as i32 + 4;
        let across = panels.clamp(1, (width / PANEL).max(1) as usize);
        let caption_top = panels_top + panels.div_ceil(across) as i32 * tall;
        let height = caption_top + CAPTION_LINE * caption.len() as i32 + 10;
        Self {
            title,
            legend_top,
            width,
            across,
            panels_top,
            tall,
            caption,
            caption_top,
            height,
        }
    }

    /// The lines of the title, each with its corner.
    pub fn title(&self) -> impl Iterator<Item = (&str, (i32, i32))> {
        down(&self.title, 12, TITLE_LINE)
    }

    /// The lines of the caption, each with its corner.
    pub fn caption(&self) -> impl Iterator<Item = (&str, (i32, i32))> {
        down(&self.caption, self.caption_top, CAPTION_LINE)
    }

    /// The middle of a line of the legend.
    pub fn legend(&self, line: usize) -> i32 {
        self.legend_top + 8 + LEGEND_LINE * line as i32
    }

    pub fn slot(&self, panel: usize) -> Slot {
        let width = (self.width - LEFT - 4) / self.across as i32;
        let (line, column) = (panel / self.across, panel % self.across);
        Slot {
            left: LEFT + column as i32 * width,
            top: self.panels_top + line as i32 * self.tall,
            width,
            is_first: column == 0,
        }
    }
}

fn down(lines: &[String], top: i32, step: i32) -> impl Iterator<Item = (&str, (i32, i32))> {
    let lines = lines.iter().enumerate();
    lines.map(move |(index, line)| (line.as_str(), (LEFT, top + step * index as i32)))
}
