//! What is drawn on, and the words beside a plot.

use super::style::{INK, MUTED, SMALL_SIZE, TEXT_SIZE, bold, text};
use crate::sentence::line;
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingAreaErrorKind, DrawingBackend, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, TextStyle};

pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn<T = ()> =
    Result<T, DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>>;

/// The heading of a panel, around a point.
pub(super) fn heading(canvas: &Canvas<'_>, at: (i32, i32), words: &str) -> Drawn {
    centred(canvas, at, words, bold(TEXT_SIZE, INK))
}

/// A number or the meaning of a horizontal axis, around a point.
pub(super) fn label(canvas: &Canvas<'_>, at: (i32, i32), words: &str) -> Drawn {
    centred(canvas, at, words, text(SMALL_SIZE, INK))
}

/// The meaning of a vertical axis, upwards around a point.
pub(super) fn upright(canvas: &Canvas<'_>, at: (i32, i32), words: &str) -> Drawn {
    let style = text(SMALL_SIZE, INK).transform(FontTransform::Rotate270);
    centred(canvas, at, words, style)
}

/// Instead of a plot that has no value yet, around its middle.
pub(super) fn unfinished(canvas: &Canvas<'_>, at: (i32, i32)) -> Drawn {
    centred(canvas, at, "unfinished", text(SMALL_SIZE, MUTED))
}

fn centred(canvas: &Canvas<'_>, at: (i32, i32), words: &str, style: TextStyle<'static>) -> Drawn {
    let style = style.pos(Pos::new(HPos::Center, VPos::Center));
    canvas.draw(&Text::new(line(words), at, style))
}
