//! The python version of CIFAR-10: a pickled dictionary a batch, its `data` a numpy array of bytes
//! `[images, 3 × 1024]` in planes, its `labels` a list.

use super::binary::interleave;
use super::pickle::{Pickle, Value};
use super::source::{Decoded, Source, counted, label};
use crate::error::{Mismatch, TaskError};

const IMAGE: usize = 3 * 32 * 32;

pub(super) fn read(source: &Source) -> Result<[Decoded; 2], TaskError> {
    source.batches(length, decode)
}

/// Most bytes of a file of so many images: names of images are in it, too.
pub(super) fn length(count: usize) -> usize {
    count * (IMAGE + 512) + 4096
}

pub(super) fn decode(bytes: &[u8], count: usize) -> Result<Decoded, Mismatch> {
    // A label and a name an image, which is also remembered, and a few more.
    let pickle = Pickle::read(bytes, 4 * count + 1000)
        .map_err(|found| Mismatch::new("a pickled batch of CIFAR-10", found))?;
    let entry = |key: &str| {
        let value = pickle.get(pickle.top, key.as_bytes());
        value.ok_or_else(|| Mismatch::new(format!("an entry `{key}`"), "none"))
    };
    let planes = array(&pickle, entry("data")?, count)
        .ok_or_else(|| Mismatch::new(format!("`data` of {count} × {IMAGE} bytes"), "another"))?;
    let labels = pickle.items(entry("labels")?);
    counted("labels", count, labels.len())?;
    let labels = labels.iter().enumerate().map(|(index, value)| match value {
        Value::Int(number) => label(*number, index),
        _ => label(-1, index),
    });
    let mut images = Decoded {
        labels: labels.collect::<Result<_, _>>()?,
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
    let unsigned = pickle.items(pickle.arguments(kind)?).first()? == &Value::Bytes(b"u1");
    let right = pickle.items(shape) == whole && unsigned && bytes.len() == count * IMAGE;
    right.then_some(bytes)
}
