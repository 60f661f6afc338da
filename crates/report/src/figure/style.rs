use crate::lettering::FONT;
use plotters::style::{BLACK, Color, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

pub(super) const TITLE_SIZE: f64 = 16.0;
pub(super) const TEXT_SIZE: f64 = 12.0;
pub(super) const SMALL_SIZE: f64 = 10.5;

pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Vermilion.
pub(super) const RED: RGBColor = RGBColor(213, 94, 0);
/// A bluish one.
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);

/// Okabe and Ito's colours, told apart by every kind of colour vision; yellow is left out, which
/// is too pale for a line on white. Black is kept for the reference.
const COLOURS: [RGBColor; 6] = [
    BLUE,
    RED,
    GREEN,
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const MUTED: RGBColor = RGBColor(110, 110, 110);
/// Behind what counts as small.
pub(super) const SHADE: RGBColor = RGBColor(238, 240, 246);
pub(super) const GRID: RGBColor = RGBColor(232, 232, 232);

/// The colour of each row of a table.
pub(super) fn colours(rows: &[String], reference: Option<&str>) -> Vec<RGBColor> {
    let mut next = COLOURS.iter().cycle();
    let colour = |row: &String| match reference {
        Some(reference) if reference == row => BLACK,
        _ => next.next().copied().unwrap_or(BLACK),
    };
    rows.iter().map(colour).collect()
}

/// Text of a size in pixels.
pub(super) fn text(size: f64, colour: RGBColor) -> TextStyle<'static> {
    // The SVG backend divides by 1.24, taking sizes for line heights.
    (FONT, size * 1.24).into_font().color(&colour)
}

/// The same in bold.
pub(super) fn bold(size: f64, colour: RGBColor) -> TextStyle<'static> {
    (FONT, size * 1.24)
        .into_font()
        .style(FontStyle::Bold)
        .color(&colour)
}

/// A stroke of a width in pixels.
pub(super) fn stroke(colour: RGBColor, width: u32) -> ShapeStyle {
    colour.stroke_width(width)
}
