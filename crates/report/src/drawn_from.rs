//! Which SVG a PNG was drawn from, noted in the PNG: to draw the figures of ten thousand jobs takes half a second, to see that they are there
//! nothing.
//!
//! The note is a `tEXt` chunk before the last one, with a sum over the SVG and all other bytes of the PNG. So a figure that was changed by
//! hand, or cut off, is drawn again; one that another version drew from the same SVG says the same, and stays, until [`DRAWN_BY`] is raised.

use crate::error::ReportError;
use crate::png::render;
use png::text_metadata::{EncodableTextChunk, TEXtChunk};

const KEYWORD: &str = "Drawing";

/// Raised where other pixels come of the same SVG: by another scale, other fonts, another renderer. The drawings of what is published
/// tell (`tests/published.rs` of `fpt`).
const DRAWN_BY: u8 = 1;

/// The last chunk of every PNG, `IEND`.
const END: usize = 12;

/// Length, kind and checksum of a chunk around the keyword, a zero and 64 digits.
const NOTE: usize = 12 + KEYWORD.len() + 1 + 2 * blake3::OUT_LEN;

/// The PNG of an SVG: the one that is there, if it was drawn from this SVG and is whole, else a new one.
pub(crate) fn png(svg: &str, scale: f32, there: Option<Vec<u8>>) -> Result<Vec<u8>, ReportError> {
    match there.filter(|there| is(svg, there)) {
        Some(there) => Ok(there),
        None => noted(svg, &render(svg, scale)?),
    }
}

/// Whether it is the PNG that is there, which an earlier version drew without a note.
pub(crate) fn is_only_noted(svg: &str, png: &[u8], there: &[u8]) -> bool {
    noted(svg, there).is_ok_and(|noted| noted == png)
}

/// The PNG with the note that it was drawn from this SVG.
fn noted(svg: &str, png: &[u8]) -> Result<Vec<u8>, ReportError> {
    let mut sum = blake3::Hasher::new();
    sum.update(&[DRAWN_BY]);
    sum.update(svg.as_bytes()).update(png);
    let note = TEXtChunk::new(KEYWORD, sum.finalize().to_hex().as_str());
    let (drawn, end) = png.split_at(png.len().saturating_sub(END));
    let mut noted = drawn.to_vec();
    let written = note.encode(&mut noted);
    written.map_err(|error| ReportError::Figure(error.to_string()))?;
    noted.extend(end);
    Ok(noted)
}

/// Whether a PNG is one that was drawn from this SVG, and whole.
fn is(svg: &str, png: &[u8]) -> bool {
    let Some(before) = png.len().checked_sub(NOTE + END) else {
        return false;
    };
    let without = [&png[..before], &png[before + NOTE..]].concat();
    noted(svg, &without).is_ok_and(|noted| noted == png)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><rect width="1" height="2"/></svg>"##;

    #[test]
    fn a_whole_png_is_known_by_its_svg() {
        let plain = render(SVG, 1.0).unwrap();
        let png = noted(SVG, &plain).unwrap();
        assert!(is(SVG, &png));
        assert!(!is(&SVG.replace("\"1\"", "\"2\""), &png));
        assert!(!is(SVG, &plain));
        for at in 0..png.len() {
            assert!(!is(SVG, &png[..at]), "cut off at {at}");
            let mut changed = png.clone();
            changed[at] ^= 1;
            assert!(!is(SVG, &changed), "changed at {at}");
        }
        // Readers see the same picture.
        let decoded = |png: &[u8]| {
            let mut reader = ::png::Decoder::new(std::io::Cursor::new(png.to_vec()))
                .read_info()
                .unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            reader.finish().unwrap();
            (pixels, reader.info().uncompressed_latin1_text.len())
        };
        let ((before, none), (after, one)) = (decoded(&plain), decoded(&png));
        assert!(before == after && (none, one) == (0, 1));
    }

    /// By another picture under the same SVG, since two drawings of it are the same bytes.
    #[test]
    fn what_is_there_is_drawn_again_only_where_it_is_of_another_svg() {
        let other = SVG.replace("\"1\"", "\"2\"");
        let drawn = png(SVG, 1.0, None).unwrap();
        let there = noted(SVG, &render(&other, 1.0).unwrap()).unwrap();
        assert!(there != drawn);
        assert!(png(SVG, 1.0, Some(there.clone())).unwrap() == there);
        assert!(png(&other, 1.0, Some(there)).unwrap() == png(&other, 1.0, None).unwrap());
        assert!(png(SVG, 1.0, Some(Vec::new())).unwrap() == drawn);
        let plain = render(SVG, 1.0).unwrap();
        assert!(is_only_noted(SVG, &drawn, &plain));
        assert!(!is_only_noted(SVG, &drawn, &plain[..plain.len() - 1]));
        assert!(!is_only_noted(SVG, &drawn, b""));
    }
}
