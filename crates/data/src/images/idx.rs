//! The IDX format of MNIST (Y. LeCun): a big-endian header of a magic number and sizes, then bytes.

use super::decoded::{Decoded, label};
use super::undecoded::Undecoded;
use crate::error::{DataError, Mismatch};

const IMAGES: u32 = 2051;
const LABELS: u32 = 2049;

pub(crate) fn read(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    let side = files.sizes.side;
    let [train, test] = [0, 1].map(|number| -> Result<_, DataError> {
        let count = files.sizes.counts[number];
        Ok(Decoded {
            pixels: files.decode(2 * number, length(&[count, side, side]), |bytes| {
                Ok(images(&bytes, count, side)?.to_vec())
            })?,
            labels: files.decode(2 * number + 1, length(&[count]), |bytes| {
                Ok(labels(&bytes, count)?.to_vec())
            })?,
        })
    });
    Ok([train?, test?])
}

/// Images and labels as files of the format hold them.
pub(crate) fn encode(decoded: &Decoded, side: u32) -> [Vec<u8>; 2] {
    let count = decoded.labels.len() as u32;
    let file = |header: &[u32], body: &[u8]| {
        let header = header.iter().flat_map(|word| word.to_be_bytes());
        header.chain(body.iter().copied()).collect()
    };
    [
        file(&[IMAGES, count, side, side], &decoded.pixels),
        file(&[LABELS, count], &decoded.labels),
    ]
}

/// The pixels of a file with `count` square images.
pub(super) fn images(bytes: &[u8], count: usize, side: usize) -> Result<&[u8], Mismatch> {
    body(bytes, IMAGES, &[count, side, side])
}

/// The labels of a file with `count` of them, each below 10.
pub(super) fn labels(bytes: &[u8], count: usize) -> Result<&[u8], Mismatch> {
    let labels = body(bytes, LABELS, &[count])?;
    for (index, number) in labels.iter().enumerate() {
        label(i64::from(*number), index)?;
    }
    Ok(labels)
}

/// Bytes of a whole file with these sizes.
pub(super) fn length(sizes: &[usize]) -> usize {
    4 + 4 * sizes.len() + sizes.iter().product::<usize>()
}

fn body<'a>(bytes: &'a [u8], magic: u32, sizes: &[usize]) -> Result<&'a [u8], Mismatch> {
    let word = |index: usize| {
        let word = bytes.get(4 * index..4 * index + 4)?;
        Some(u32::from_be_bytes(word.try_into().ok()?))
    };
    let found = word(0).ok_or_else(|| {
        Mismatch::new("an IDX header", format!("a file of {} bytes", bytes.len()))
    })?;
    if found != magic {
        return Err(Mismatch::new(
            format!("magic number {magic}"),
            found.to_string(),
        ));
    }
    for (index, &size) in sizes.iter().enumerate() {
        let found =
            word(index + 1).map_or("the end of the file".to_owned(), |word| word.to_string());
        if found != size.to_string() {
            let what = ["count", "rows", "columns"][index];
            return Err(Mismatch::new(format!("{what} {size} in the header"), found));
        }
    }
    let expected = length(sizes);
    if bytes.len() != expected {
        let found = if bytes.len() > expected {
            "more".into()
        } else {
            bytes.len().to_string()
        };
        return Err(Mismatch::new(format!("{expected} bytes"), found));
    }
    Ok(&bytes[4 + 4 * sizes.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
        let header = std::iter::once(&magic)
            .chain(sizes)
            .flat_map(|word| word.to_be_bytes());
        header.chain(body.iter().copied()).collect()
    }

    #[test]
    fn whole_files_are_read() {
        let pixels: Vec<u8> = (0..8).collect();
        assert_eq!(
            images(&file(2051, &[2, 2, 2], &pixels), 2, 2).unwrap(),
            pixels
        );
        assert_eq!(labels(&file(2049, &[3], &[0, 9, 4]), 3).unwrap(), [0, 9, 4]);
    }

    #[test]
    fn errors_say_what_was_expected_and_found() {
        let expected = |outcome: Result<&[u8], Mismatch>| outcome.unwrap_err();
        let error = expected(labels(&file(2051, &[3], &[0; 3]), 3));
        assert_eq!(error, Mismatch::new("magic number 2049", "2051"));
        let error = expected(labels(&file(2049, &[4], &[0; 3]), 3));
        assert_eq!(error, Mismatch::new("count 3 in the header", "4"));
        let error = expected(labels(&file(2049, &[3], &[0; 2]), 3));
        assert_eq!(error, Mismatch::new("11 bytes", "10"));
        let error = expected(labels(&file(2049, &[3], &[0, 10, 0]), 3));
        assert_eq!(error, Mismatch::new("labels from 0 to 9", "10 at image 1"));
        // A header that promises four thousand million images.
        assert!(images(&file(2051, &[u32::MAX; 3], &[]), 2, 2).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0..30_usize, byte: u8, cut in 0..30_usize) {
            let mut bytes = file(2051, &[2, 2, 2], &[7; 8]);
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte;
            }
            bytes.truncate(cut);
            let _ = images(&bytes, 2, 2);
            let _ = labels(&bytes, 2);
        }
    }
}
