//! The python version of CIFAR-10: a pickled dictionary a batch, its `data` a numpy array of bytes
//! `[images, 3 × 1024]` in planes, its `labels` a list.

use super::binary::interleave;
use super::decoded::{Decoded, counted, label};
use super::undecoded::Undecoded;
use crate::error::{DataError, Mismatch};
use crate::formats::pickle::{Pickle, Value};

const IMAGE: usize = 3 * 32 * 32;

pub(crate) fn read(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    files.batches(length, decode)
}

/// Most bytes of a file of so many images: names of images are in it, too.
pub(super) fn length(count: usize) -> usize {
    count * (IMAGE + 512) + 4096
}

pub(super) fn decode(bytes: &[u8], count: usize) -> Result<Decoded, Mismatch> {
    let pickle = Pickle::decode(bytes)
        .map_err(|found| Mismatch::new("a pickled batch of CIFAR-10", found))?;
    let entry = |name: &str| {
        let value = pickle.get(pickle.top, name);
        value.ok_or_else(|| Mismatch::new(format!("an entry `{name}`"), "none"))
    };
    let planes = array(&pickle, entry("data")?, count)
        .ok_or_else(|| Mismatch::new(format!("`data` of {count} × {IMAGE} bytes"), "another"))?;
    let labels = pickle.items(entry("labels")?);
    counted("labels", count, labels.len())?;
    let labels = labels.iter().enumerate();
    let mut images = Decoded {
        labels: labels
            .map(|(index, value)| label(value.int().unwrap_or(-1), index))
            .collect::<Result<_, _>>()?,
        pixels: Vec::with_capacity(planes.len()),
    };
    for image in planes.chunks_exact(IMAGE) {
        interleave(image, &mut images.pixels);
    }
    Ok(images)
}

/// The bytes of a numpy array of the right type and shape. Its state, as numpy pickles it, is
/// (version, shape, type, whether it is in Fortran's order, bytes).
fn array<'a>(pickle: &Pickle<'a>, value: Value<'a>, count: usize) -> Option<&'a [u8]> {
    let &[_, shape, kind, Value::Bool(false), Value::Bytes(bytes)] =
        pickle.items(pickle.state(value)?)
    else {
        return None;
    };
    let whole = [count, IMAGE].map(|size| Value::Int(size as i64));
    let unsigned = pickle.items(pickle.arguments(kind)?).first()?.named("u1");
    let right = pickle.items(shape) == whole && unsigned && bytes.len() == count * IMAGE;
    right.then_some(bytes)
}
