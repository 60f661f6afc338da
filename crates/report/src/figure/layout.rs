use super::text;

pub(super) const WIDTH: i32 = 1000;
/// Panels side by side; more go below.
const ACROSS: usize = 4;
/// Left of the first panel, for what the vertical axis means.
pub(super) const LEFT: i32 = 24;
/// Left of each plot, for the numbers of its axis.
pub(super) const AXIS: i32 = 36;
/// Right of each plot, for the values of floor and paper.
pub(super) const GUTTER: i32 = 52;
pub(super) const TITLE_SIZE: f64 = 16.0;
pub(super) const TEXT_SIZE: f64 = 12.0;
pub(super) const SMALL_SIZE: f64 = 10.5;
const TITLE_LINE: i32 = 22;
pub(super) const LEGEND_LINE: i32 = 20;
pub(super) const CAPTION_LINE: i32 = 16;
const HEADING: i32 = 26;
const ACCURACY: i32 = 210;
const BETWEEN: i32 = 32;
const LOSS: i32 = 150;
const STEPS: i32 = 44;

/// A rectangle in pixels.
#[derive(Clone, Copy)]
pub(super) struct Box {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
}

/// Where everything goes.
pub(super) struct Layout {
    pub title: Vec<String>,
    pub legend_top: i32,
    pub caption: Vec<String>,
    pub caption_top: i32,
    pub height: i32,
    across: usize,
    panels_top: i32,
}

impl Layout {
    pub fn new(title: &str, legend_lines: usize, panels: usize, caption: &str) -> Self {
        let most = WIDTH - 2 * LEFT;
        let title = text::wrap(title, TITLE_SIZE * 1.08, most);
        let caption = text::wrap(caption, SMALL_SIZE, most);
        let legend_top = 16 + TITLE_LINE * title.len() as i32 + 6;
        let panels_top = legend_top + LEGEND_LINE * legend_lines as i32 + 4;
        let across = panels.clamp(1, ACROSS);
        let blocks = panels.div_ceil(across) as i32;
        let caption_top = panels_top + blocks * block();
        let height = caption_top + CAPTION_LINE * caption.len() as i32 + 10;
        Self {
            title,
            legend_top,
            caption,
            caption_top,
            height,
            across,
            panels_top,
        }
    }

    /// Baseline of a line of the title.
    pub fn title_at(&self, line: usize) -> i32 {
        12 + TITLE_LINE * line as i32
    }

    /// Whether a panel stands first in its line.
    pub fn is_first(&self, panel: usize) -> bool {
        panel.is_multiple_of(self.across)
    }

    /// The plot of accuracy, without its axis numbers.
    pub fn accuracy(&self, panel: usize) -> Box {
        let width = (WIDTH - LEFT - 4) / self.across as i32;
        let (line, column) = (panel / self.across, panel % self.across);
        Box {
            left: LEFT + column as i32 * width + AXIS,
            top: self.panels_top + line as i32 * block() + HEADING,
            width: width - AXIS - GUTTER,
            height: ACCURACY,
        }
    }

    /// The plot of the loss below it.
    pub fn loss(&self, panel: usize) -> Box {
        let above = self.accuracy(panel);
        Box {
            top: above.top + ACCURACY + BETWEEN,
            height: LOSS,
            ..above
        }
    }
}

const fn block() -> i32 {
    HEADING + ACCURACY + BETWEEN + LOSS + STEPS
}
