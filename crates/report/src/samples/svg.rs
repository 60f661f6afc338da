//! Strokes of a drawing as SVG text.

use crate::lettering::FONT;
use std::fmt::Write;

pub(super) const INK: &str = "#222222";
pub(super) const MUTED: &str = "#6e6e6e";
pub(super) const FAINT: &str = "#c4c4c4";
pub(super) const BLUE: &str = "#0072b2";

/// A drawing, or a part of one that is inserted later.
#[derive(Clone, Default)]
pub(super) struct Svg {
    body: String,
}

/// Where a text's `x` is.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub size: f64,
    pub colour: &'static str,
    pub bold: bool,
    pub anchor: Anchor,
}

impl Style {
    pub const fn new(size: f64, colour: &'static str) -> Self {
        Self {
            size,
            colour,
            bold: false,
            anchor: Anchor::Start,
        }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

impl Svg {
    /// A filled rectangle on whole pixels.
    pub fn rect(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), fill: &str) {
        let _ = write!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" shape-rendering="crispEdges"/>"#
        );
    }

    /// A rectangle with round corners.
    pub fn pill(
        &mut self,
        (x, y): (i32, i32),
        (width, height): (i32, i32),
        radius: i32,
        fill: &str,
    ) {
        let _ = write!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}"/>"#
        );
    }

    /// An outline inside the given rectangle.
    pub fn frame(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), colour: &str) {
        let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
        let (width, height) = (width - 1, height - 1);
        let _ = write!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" stroke="{colour}"/>"#
        );
    }

    /// A path by SVG's own commands.
    pub fn stroke(&mut self, path: &str, colour: &str) {
        let _ = write!(
            self.body,
            r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.2"/>"#
        );
    }

    /// A triangle that points left, its tip there.
    pub fn mark(&mut self, (x, y): (i32, i32), colour: &str) {
        let _ = write!(
            self.body,
            r#"<path d="M{x} {y}l8 -5v10z" fill="{colour}"/>"#
        );
    }

    pub fn text(&mut self, (x, y): (i32, i32), text: &str, style: Style) {
        let Style {
            size,
            colour,
            bold,
            anchor,
        } = style;
        let weight = if bold { r#" font-weight="bold""# } else { "" };
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let _ = write!(
            self.body,
            r#"<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{weight}{anchor}>{}</text>"#,
            escape(text)
        );
    }

    /// Another drawing, moved.
    pub fn insert(&mut self, (x, y): (i32, i32), part: &Svg) {
        let _ = write!(
            self.body,
            r#"<g transform="translate({x} {y})">{}</g>"#,
            part.body
        );
    }

    /// The whole document, on white.
    pub fn document(&self, (width, height): (i32, i32)) -> String {
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" "#,
                r#"viewBox="0 0 {w} {h}" font-family="{font}">"#,
                r##"<rect width="{w}" height="{h}" fill="#ffffff"/>{body}</svg>"##
            ),
            w = width,
            h = height,
            font = FONT,
            body = self.body
        )
    }
}

/// Text for XML, which knows no control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
