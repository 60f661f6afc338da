use crate::error::ReportError;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};
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
/// of the SVG.
pub(crate) fn render(svg: &str, scale: f32) -> Result<Vec<u8>, ReportError> {
    pixels(svg, scale)?.encode_png().map_err(failed)
}

/// The same at the SVG's own size, in as few bytes as can be had: for pages without transparency.
pub(crate) fn compact(svg: &str) -> Result<Vec<u8>, ReportError> {
    let pixels = pixels(svg, 1.0)?;
    let colours = pixels.pixels().iter();
    let colours = colours.flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
    let colours: Vec<u8> = colours.collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&colours).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
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
