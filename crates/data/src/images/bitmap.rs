use crate::error::Mismatch;
use std::io::Cursor;

/// Pixels of a PNG file of this width, height and kind. Anything else is refused from its header.
pub(super) fn bitmap(
    file: &[u8],
    (width, height): (usize, usize),
    colour: png::ColorType,
) -> Result<Vec<u8>, Mismatch> {
    let damaged = |found: String| {
        Mismatch::new(
            format!("a PNG image, {width} × {height}, {colour:?}, of bytes"),
            found,
        )
    };
    let wrong = |error: png::DecodingError| damaged(error.to_string());
    let mut reader = png::Decoder::new(Cursor::new(file))
        .read_info()
        .map_err(wrong)?;
    let info = reader.info();
    let found = (
        info.width as usize,
        info.height as usize,
        info.color_type,
        info.bit_depth,
    );
    if found != (width, height, colour, png::BitDepth::Eight) {
        return Err(damaged(format!("{found:?}")));
    }
    let mut pixels = vec![0; width * height * colour.samples()];
    reader.next_frame(&mut pixels).map_err(wrong)?;
    Ok(pixels)
}
