//! A figure as PDF: the same shapes as its SVG, letters as outlines.

use crate::error::ReportError;
use crate::png;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref};
use resvg::tiny_skia::{Path, PathSegment, Point};
use resvg::usvg::{self, FillRule, Group, LineCap, LineJoin, Node, Paint};
use std::collections::BTreeMap;

/// A pixel of a figure in points: as wide as a page of a paper at 800 pixels.
const POINTS: f32 = 0.6;

/// The SVG as a PDF of one page.
pub(crate) fn render(svg: &str) -> Result<Vec<u8>, ReportError> {
    let tree = png::tree(svg)?;
    let size = tree.size();
    let (width, height) = (POINTS * size.width(), POINTS * size.height());
    let mut page = Page {
        content: Content::new(),
        opacities: BTreeMap::new(),
    };
    // SVG counts from the top.
    page.content
        .transform([POINTS, 0.0, 0.0, -POINTS, 0.0, height]);
    page.group(tree.root(), 1.0)?;

    let [catalog, pages, own, content] = [1, 2, 3, 4].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([own]).count(1);
    let mut sheet = pdf.page(own);
    sheet.parent(pages).contents(content);
    sheet.media_box(Rect::new(0.0, 0.0, width, height));
    let mut resources = sheet.resources();
    let mut states = resources.ext_g_states();
    for (opacity, name) in &page.opacities {
        let share = f32::from(*opacity) / 255.0;
        states
            .insert(Name(name.as_bytes()))
            .start::<pdf_writer::writers::ExtGraphicsState<'_>>()
            .non_stroking_alpha(share)
            .stroking_alpha(share);
    }
    states.finish();
    resources.finish();
    sheet.finish();
    pdf.stream(content, &page.content.finish());
    Ok(pdf.finish())
}

/// What is drawn on the page.
struct Page {
    content: Content,
    /// Names of graphics states, by their opacity in 255ths.
    opacities: BTreeMap<u8, String>,
}

impl Page {
    /// Of which so much is seen. A group of several shapes that overlap would be darker where they do; figures have none such.
    fn group(&mut self, group: &Group, seen: f32) -> Result<(), ReportError> {
        let is_plain =
            group.clip_path().is_none() && group.mask().is_none() && group.filters().is_empty();
        if !is_plain {
            return Err(unknown("a clip, a mask or a filter"));
        }
        let seen = seen * group.opacity().get();
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group, seen)?,
                Node::Text(text) => self.group(text.flattened(), seen)?,
                Node::Path(path) if path.is_visible() => {
                    self.path(path, seen)?;
                }
                Node::Path(_) => {}
                Node::Image(_) => return Err(unknown("an image")),
            }
        }
        Ok(())
    }

    fn path(&mut self, path: &usvg::Path, seen: f32) -> Result<(), ReportError> {
        let Some(data) = path.data().clone().transform(path.abs_transform()) else {
            return Ok(());
        };
        if let Some(fill) = path.fill() {
            self.content.save_state();
            let [red, green, blue] = colour(fill.paint())?;
            self.opacity(seen * fill.opacity().get());
            self.content.set_fill_rgb(red, green, blue);
            self.outline(&data);
            match fill.rule() {
                FillRule::NonZero => self.content.fill_nonzero(),
                FillRule::EvenOdd => self.content.fill_even_odd(),
            };
            self.content.restore_state();
        }
        if let Some(stroke) = path.stroke() {
            self.content.save_state();
            let [red, green, blue] = colour(stroke.paint())?;
            self.opacity(seen * stroke.opacity().get());
            self.content.set_stroke_rgb(red, green, blue);
            self.content.set_line_width(stroke.width().get());
            self.content.set_line_cap(match stroke.linecap() {
                LineCap::Butt => LineCapStyle::ButtCap,
                LineCap::Round => LineCapStyle::RoundCap,
                LineCap::Square => LineCapStyle::ProjectingSquareCap,
            });
            self.content.set_line_join(match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
                LineJoin::Round => LineJoinStyle::RoundJoin,
                LineJoin::Bevel => LineJoinStyle::BevelJoin,
            });
            self.content.set_miter_limit(stroke.miterlimit().get());
            if let Some(dashes) = stroke.dasharray() {
                self.content
                    .set_dash_pattern(dashes.iter().copied(), stroke.dashoffset());
            }
            self.outline(&data);
            self.content.stroke();
            self.content.restore_state();
        }
        Ok(())
    }

    fn opacity(&mut self, share: f32) {
        let of_255 = (255.0 * share).round() as u8;
        if of_255 < 255 {
            let name = format!("o{of_255}");
            self.content.set_parameters(Name(name.as_bytes()));
            self.opacities.insert(of_255, name);
        }
    }

    fn outline(&mut self, data: &Path) {
        let mut at = Point::zero();
        for segment in data.segments() {
            at = match segment {
                PathSegment::MoveTo(to) => {
                    self.content.move_to(to.x, to.y);
                    to
                }
                PathSegment::LineTo(to) => {
                    self.content.line_to(to.x, to.y);
                    to
                }
                PathSegment::QuadTo(by, to) => {
                    // A curve of the third degree that is the same.
                    let third = |from: Point| Point {
                        x: from.x + 2.0 / 3.0 * (by.x - from.x),
                        y: from.y + 2.0 / 3.0 * (by.y - from.y),
                    };
                    let (one, two) = (third(at), third(to));
                    self.content
                        .cubic_to(one.x, one.y, two.x, two.y, to.x, to.y);
                    to
                }
                PathSegment::CubicTo(one, two, to) => {
                    self.content
                        .cubic_to(one.x, one.y, two.x, two.y, to.x, to.y);
                    to
                }
                PathSegment::Close => {
                    self.content.close_path();
                    at
                }
            };
        }
    }
}

fn colour(paint: &Paint) -> Result<[f32; 3], ReportError> {
    match paint {
        Paint::Color(colour) => {
            Ok([colour.red, colour.green, colour.blue].map(|part| f32::from(part) / 255.0))
        }
        _ => Err(unknown("a gradient or a pattern")),
    }
}

fn unknown(what: &str) -> ReportError {
    ReportError::Figure(format!("the figure has {what}, which no PDF is written of"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_letters_and_opacities_are_in_it() {
        let svg = r##"<svg width="80" height="40" xmlns="http://www.w3.org/2000/svg">
            <rect x="1" y="1" width="20" height="10" fill="#ff0000" opacity="0.5"/>
            <polyline points="1,1 20,20 40,5" fill="none" stroke="#0000ff" stroke-dasharray="2,1" stroke-width="2"/>
            <text x="5" y="30" font-family="DejaVu Sans" font-size="12">Ag</text></svg>"##;
        let pdf = String::from_utf8_lossy(&render(svg).unwrap()).into_owned();
        assert!(
            pdf.starts_with("%PDF-") && pdf.contains("[0 0 48 24]"),
            "{pdf}"
        );
        for part in ["[2 1] 0 d", " c\n", "/ca 0.50"] {
            assert!(pdf.contains(part), "{part}: {pdf}");
        }
        let clipped = svg.replace(
            "<rect",
            "<clipPath id=\"c\"><rect width=\"9\" height=\"9\"/></clipPath><rect clip-path=\"url(#c)\"",
        );
        let error = render(&clipped).unwrap_err().to_string();
        assert!(error.contains("a clip"), "{error}");
    }
}
