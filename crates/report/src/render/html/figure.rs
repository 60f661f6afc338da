use super::set::Set;
use crate::blocks::FigureBlock;
use crate::sentence::line;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

/// A figure as a part of the page, as wide as that is; nothing where it was not drawn.
pub(super) fn figure(set: &Set<'_>, figure: &FigureBlock) -> Markup {
    let mut drawings = set.drawings.iter();
    let drawn = drawings.find(|drawing| drawing.name == figure.name);
    let parts = drawn.and_then(|drawing| parts(&drawing.svg));
    let Some((size, inside)) = parts else {
        return html! {};
    };
    let (title, about) = (set.new_id("figure"), set.new_id("about"));
    let named = format!("{title} {about}");
    html! {
        figure {
            div.scroll tabindex="0" role="group" aria-labelledby=(title) {
                svg viewBox=(size) xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby=(named) {
                    title id=(title) { (line(&figure.title)) " (" (line(&figure.name)) ")" }
                    desc id=(about) { (line(&figure.caption)) }
                    (PreEscaped(inside))
                }
            }
            figcaption { (line(&figure.caption)) }
        }
    }
}

/// What an SVG shows and what is in it, without what the page's style says of all of them.
fn parts(svg: &str) -> Option<(&str, String)> {
    let (root, inside) = svg.split_once('>')?;
    let (inside, _) = inside.rsplit_once("</svg>")?;
    let (_, size) = root.split_once("viewBox=\"")?;
    let (size, _) = size.split_once('"')?;
    // Quotes in text are escaped, so these are attributes.
    let mut short = inside.trim().replace(" opacity=\"1\"", "");
    for needless in [
        " font-family=\"DejaVu Sans, Verdana, sans-serif\"",
        " stroke-width=\"1\"",
        " stroke=\"none\"",
        " text-anchor=\"start\"",
    ] {
        short = short.replace(needless, "");
    }
    let short = short.replace(">\n", ">").replace("\n</", "</");
    Some((size, relative(&short)))
}

/// Lines and areas as paths from point to point, which are half as long.
fn relative(drawing: &str) -> String {
    let mut out = String::new();
    for (index, element) in drawing.split('<').enumerate() {
        if index > 0 {
            out.push('<');
        }
        let named = ["polyline", "polygon"]
            .into_iter()
            .find_map(|name| Some((name, element.strip_prefix(name)?)));
        let path = named.and_then(|(name, rest)| {
            let (before, rest) = rest.split_once(" points=\"")?;
            let (points, after) = rest.split_once('"')?;
            let end = if name == "polygon" { "z" } else { "" };
            Some(format!("path{before} d=\"{}{end}\"{after}", steps(points)?))
        });
        out.push_str(path.as_deref().unwrap_or(element));
    }
    out
}

/// `m10,20 5,-3` of `10,20 15,17`; `None` of what are no points in whole pixels.
fn steps(points: &str) -> Option<String> {
    let mut out = String::from("m");
    let mut last = (0, 0);
    for (index, point) in points.split_whitespace().enumerate() {
        let (x, y) = point.split_once(',')?;
        let (x, y): (i32, i32) = (x.parse().ok()?, y.parse().ok()?);
        if index > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{},{}", x - last.0, y - last.1);
        last = (x, y);
    }
    (out.len() > 1).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_taken_out_of_its_frame() {
        let svg = "<svg width=\"9\" height=\"5\" viewBox=\"0 0 9 5\" xmlns=\"x\">\n\
                   <text x=\"1\" opacity=\"1\" fill=\"#222222\">\na &quot; b\n</text>\n</svg>\n";
        let (size, inside) = parts(svg).unwrap();
        assert_eq!(size, "0 0 9 5");
        assert_eq!(inside, "<text x=\"1\" fill=\"#222222\">a &quot; b</text>");
        assert_eq!(parts("no drawing"), None);
    }

    #[test]
    fn lines_go_from_point_to_point() {
        let drawing = "<polyline fill=\"none\" points=\"10,20 15,17 15,17 \"/><rect/><polygon points=\"0,0 4,0 4,4 \"/>";
        let expected =
            "<path fill=\"none\" d=\"m10,20 5,-3 0,0\"/><rect/><path d=\"m0,0 4,0 0,4z\"/>";
        assert_eq!(relative(drawing), expected);
        let other = "<polyline points=\"1.5,2\"/><polyline points=\"\"/>";
        assert_eq!(relative(other), other);
    }
}
