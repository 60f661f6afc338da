use crate::error::ReportError;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    Arc::new(fonts)
});

/// The SVG as PNG, with the fonts of this crate and no others; `scale` is pixels of the PNG for one
/// of the SVG. A picture of few colours has them in a table, which takes half the bytes.
pub(crate) fn render(svg: &str, scale: f32) -> Result<Vec<u8>, ReportError> {
    let pixels = pixels(svg, scale)?;
    let Some((colours, which)) = few_colours(&pixels) else {
        return pixels.encode_png().map_err(failed);
    };
    let with_table = |encoder: &mut Encoder| {
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(colours);
        encoder.set_filter(png::Filter::NoFilter);
    };
    encoded(&pixels, with_table, &which)
}

/// The same at the SVG's own size, in as few bytes as can be had: for pages without transparency.
pub(crate) fn compact(svg: &str) -> Result<Vec<u8>, ReportError> {
    let pixels = pixels(svg, 1.0)?;
    let colours = pixels.pixels().iter();
    let colours = colours.flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
    let colours: Vec<u8> = colours.collect();
    let plain = |encoder: &mut Encoder| encoder.set_color(png::ColorType::Rgb);
    encoded(&pixels, plain, &colours)
}

type Encoder<'a, 'b> = png::Encoder<'a, &'b mut Vec<u8>>;

/// What `image` says of the pixels, in the form that `settings` asks for, in as few bytes as can be had.
fn encoded(
    pixels: &Pixmap,
    settings: impl FnOnce(&mut Encoder),
    image: &[u8],
) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_compression(png::Compression::High);
    settings(&mut encoder);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(image).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// The colours of a picture, red, green and blue, and which of them each pixel has; `None` where a byte does not tell
/// them, or where some can be seen through.
fn few_colours(pixels: &Pixmap) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut known, mut colours) = (HashMap::new(), Vec::new());
    let mut which = Vec::with_capacity(pixels.pixels().len());
    for pixel in pixels.pixels() {
        if !pixel.is_opaque() {
            return None;
        }
        let (colour, next) = ([pixel.red(), pixel.green(), pixel.blue()], known.len());
        let number = *known.entry(colour).or_insert_with(|| {
            colours.extend(colour);
            next
        });
        which.push(u8::try_from(number).ok()?);
    }
    Some((colours, which))
}

/// What the SVG says, with the fonts of this crate and no others.
pub(crate) fn tree(svg: &str) -> Result<Tree, ReportError> {
    let options = Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: FONTS.clone(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(failed)
}

fn pixels(svg: &str, scale: f32) -> Result<Pixmap, ReportError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let (width, height) = (
        (size.width() * scale).ceil(),
        (size.height() * scale).ceil(),
    );
    let pixmap = Pixmap::new(width as u32, height as u32);
    let mut pixmap = pixmap.ok_or_else(|| failed("the figure has no size"))?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixmap.as_mut(),
    );
    Ok(pixmap)
}

fn failed(reason: impl std::fmt::Display) -> ReportError {
    ReportError::Figure(reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels of a PNG, red, green and blue, and whether it has a table of colours.
    fn decoded(bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut read).unwrap();
        let samples = frame.color_type.samples();
        let pixels = read.chunks(samples).flat_map(|pixel| &pixel[..3]);
        let pixels = pixels.copied().collect();
        (pixels, reader.info().palette.is_some())
    }

    #[test]
    fn a_picture_is_the_same_with_a_table_of_its_colours() {
        let of = |fill: &str| {
            format!(
                r##"<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><linearGradient id="g"><stop offset="0" stop-color="#f00"/>
                <stop offset="1" stop-color="#00f"/></linearGradient><rect width="64" height="64" fill="#fff"/>
                <circle cx="30" cy="30" r="20.3" fill="{fill}"/></svg>"##
            )
        };
        for (fill, scale, is_few) in [("#123456", 2.0, true), ("url(#g)", 8.0, false)] {
            let svg = of(fill);
            let drawn = pixels(&svg, scale).unwrap();
            let drawn = drawn.pixels().iter();
            let drawn: Vec<u8> = drawn
                .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
                .collect();
            let (read, has_table) = decoded(&render(&svg, scale).unwrap());
            assert!(read == drawn && has_table == is_few, "{fill}");
        }
        // What can be seen through has no place in a table.
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>"#;
        assert!(!decoded(&render(svg, 1.0).unwrap()).1);
    }
}
