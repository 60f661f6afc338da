use super::set::Set;
use crate::blocks::FigureBlock;
use crate::sentence::line;
use maud::{Markup, PreEscaped, html};

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
                    title id=(title) { (line(&figure.title)) ": " (line(&figure.name)) }
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
    Some((size, short.replace(">\n", ">").replace("\n</", "</")))
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
}
