//! The python version of CIFAR-10: a pickled dictionary a batch, its `data` a numpy array of bytes
//! `[images, 3 × 1024]` in planes, its `labels` a list or an array.

use super::binary::interleave;
use super::decoded::{Decoded, counted, label};
use super::numpy::{Array, whole};
use super::undecoded::Undecoded;
use crate::error::{DataError, Mismatch};
use crate::formats::pickle::{Pickle, Value};

const IMAGE: usize = 3 * 32 * 32;

pub(crate) fn read(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    files.batches(length, decode)
}

/// Most bytes of a file of so many images, written for Python 2, where a byte takes up to two; names of
/// images are in it, too.
pub(super) fn length(count: usize) -> usize {
    count * (2 * IMAGE + 512) + 4096
}

pub(super) fn decode(bytes: &[u8], count: usize) -> Result<Decoded, Mismatch> {
    let pickle = Pickle::decode(bytes)
        .map_err(|found| Mismatch::new("a pickled batch of CIFAR-10", found))?;
    let entry = |name: &str| {
        let value = pickle.get(pickle.top, name);
        value.ok_or_else(|| Mismatch::new(format!("an entry `{name}`"), "none"))
    };
    let planes = planes(&pickle, entry("data")?, count)?;
    let labels = labels(&pickle, entry("labels")?, count)?;
    let labels = labels.into_iter().enumerate();
    let mut images = Decoded {
        labels: labels
            .map(|(index, number)| label(number, index))
            .collect::<Result<_, _>>()?,
        pixels: Vec::with_capacity(planes.len()),
    };
    for image in planes.chunks_exact(IMAGE) {
        interleave(image, &mut images.pixels);
    }
    Ok(images)
}

/// The pixels, each image in planes: `[count, 3072]`, or the same as `[count, 3, 32, 32]`.
fn planes(pickle: &Pickle, value: Value, count: usize) -> Result<Vec<u8>, Mismatch> {
    let expected = |found: String| {
        Mismatch::new(
            format!("`data`, a numpy array of {count} × {IMAGE} bytes"),
            found,
        )
    };
    let array = Array::of(pickle, value).map_err(expected)?;
    let flat = array.shape == [count, IMAGE] || array.shape == [count, 3, 32, 32];
    if array.kind != "u1" || !flat || array.bytes.len() != count * IMAGE {
        return Err(expected(array.to_string()));
    }
    Ok(array.bytes.into_owned())
}

/// A list of whole numbers, Python's or numpy's, or an array of them.
fn labels(pickle: &Pickle, value: Value, count: usize) -> Result<Vec<i64>, Mismatch> {
    let listed = pickle.items(value);
    if !listed.is_empty() {
        counted("labels", count, listed.len())?;
        let number = |(index, value): (usize, &Value)| {
            let number = value.int().or_else(|| whole(pickle, *value));
            let what = "labels from 0 to 9";
            number.ok_or_else(|| Mismatch::new(what, format!("no whole number at image {index}")))
        };
        return listed.iter().enumerate().map(number).collect();
    }
    let expected = |found: String| {
        Mismatch::new(
            format!("`labels`, a list or a numpy array of {count} whole numbers"),
            found,
        )
    };
    let array = Array::of(pickle, value).map_err(expected)?;
    let numbers = array
        .whole_numbers()
        .filter(|numbers| numbers.len() == count);
    numbers.ok_or_else(|| expected(array.to_string()))
}
