//! The binary version of CIFAR-10: records of a label and the red, green and blue plane.

use super::decoded::{Decoded, label};
use super::undecoded::{BATCHES, Undecoded};
use crate::error::{DataError, Mismatch};

/// Pixels of an image.
const PLANE: usize = 32 * 32;

const RECORD: usize = 1 + 3 * PLANE;

pub(crate) fn read(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    files.batches(length, decode)
}

/// Bytes of a file of so many images.
pub(super) fn length(count: usize) -> usize {
    count * RECORD
}

pub(super) fn decode(bytes: &[u8], count: usize) -> Result<Decoded, Mismatch> {
    if bytes.len() != length(count) {
        return Err(Mismatch::new(
            format!("{} bytes", length(count)),
            bytes.len().to_string(),
        ));
    }
    let mut images = Decoded::default();
    for (index, record) in bytes.chunks_exact(RECORD).enumerate() {
        images.labels.push(label(i64::from(record[0]), index)?);
        interleave(&record[1..], &mut images.pixels);
    }
    Ok(images)
}

/// Appends the pixels of an image that is stored in planes.
pub(super) fn interleave(planes: &[u8], pixels: &mut Vec<u8>) {
    for pixel in 0..PLANE {
        pixels.extend([0, 1, 2].map(|channel| planes[pixel + channel * PLANE]));
    }
}

/// The six files.
pub(crate) fn encode(train: &Decoded, test: &Decoded) -> Vec<Vec<u8>> {
    let records = records(train);
    let batch = (records.len() / BATCHES).max(1);
    let batches = records.chunks(batch).map(<[u8]>::to_vec);
    batches.chain([self::records(test)]).collect()
}

fn records(images: &Decoded) -> Vec<u8> {
    let mut records = Vec::with_capacity(length(images.labels.len()));
    for (label, pixels) in images
        .labels
        .iter()
        .zip(images.pixels.chunks_exact(3 * PLANE))
    {
        records.push(*label);
        for channel in 0..3 {
            records.extend(pixels.iter().skip(channel).step_by(3));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels() {
        let mut record = vec![3];
        record.extend([1; PLANE].iter().chain(&[2; PLANE]).chain(&[3; PLANE]));
        let images = decode(&record, 1).unwrap();
        assert_eq!(images.labels, [3]);
        assert_eq!(images.pixels, [1, 2, 3].repeat(PLANE));
        assert_eq!(records(&images), record);
        record[0] = 10;
        assert!(decode(&record, 1).is_err());
        assert!(decode(&record[1..], 1).is_err());
    }
}
