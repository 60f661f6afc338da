//! The archives that the authors of CIFAR-10 publish, read without unpacking them.

use super::decoded::Decoded;
use super::undecoded::Undecoded;
use super::{binary, python};
use crate::error::{DataError, Mismatch};
use crate::formats::text::GZIP;
use flate2::read::GzDecoder;
use std::io::{self, Read};

/// `cifar-10-binary.tar.gz`
pub(crate) fn read_binary(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    read(files, ".bin", binary::length, binary::decode)
}

/// `cifar-10-python.tar.gz`
pub(crate) fn read_python(files: &Undecoded) -> Result<[Decoded; 2], DataError> {
    read(files, "", python::length, python::decode)
}

fn read(
    files: &Undecoded,
    end: &str,
    most: fn(usize) -> usize,
    decode: fn(&[u8], usize) -> Result<Decoded, Mismatch>,
) -> Result<[Decoded; 2], DataError> {
    let counts = files.batch_counts();
    // Both archives are smaller than what they hold.
    let length = most(files.sizes.counts.iter().sum()) + SPARE;
    files.decode(0, length, |bytes| unpack(&bytes, counts, end, most, decode))
}

/// Room for headers and a file or two more.
const SPARE: usize = 1 << 16;

/// Decodes the batches in an archive, which may stand in any order among other files.
pub(super) fn unpack(
    archive: &[u8],
    [train, test]: [usize; 2],
    end: &str,
    most: fn(usize) -> usize,
    decode: fn(&[u8], usize) -> Result<Decoded, Mismatch>,
) -> Result<[Decoded; 2], Mismatch> {
    let names = [
        "data_batch_1",
        "data_batch_2",
        "data_batch_3",
        "data_batch_4",
        "data_batch_5",
    ];
    let wanted = names
        .map(|name| (name, train))
        .into_iter()
        .chain([("test_batch", test)]);
    let wanted: Vec<_> = wanted
        .map(|(name, count)| (format!("{name}{end}"), count))
        .collect();
    let mut found: Vec<Option<Decoded>> = wanted.iter().map(|_| None).collect();

    let damaged = |error: io::Error| Mismatch::new("a whole .tar.gz archive", error.to_string());
    // What is packed small must not unpack without end.
    let all: usize = wanted.iter().map(|(_, count)| most(*count)).sum();
    let unpacked: Box<dyn Read> = match archive.starts_with(GZIP) {
        true => Box::new(GzDecoder::new(archive)),
        // A browser unpacked it under its old name.
        false => Box::new(archive),
    };
    let mut archive = tar::Archive::new(unpacked.take((all + SPARE) as u64));
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        let number = wanted
            .iter()
            .position(|(name, _)| path.file_name().is_some_and(|file| file == name.as_str()));
        let Some(number) = number.filter(|_| entry.header().entry_type().is_file()) else {
            continue;
        };
        let (name, count) = &wanted[number];
        let mut bytes = Vec::new();
        let limit = most(*count) as u64 + 1;
        (&mut entry)
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(damaged)?;
        let images = decode(&bytes, *count).map_err(|mismatch| {
            Mismatch::new(format!("in {name}: {}", mismatch.expected), mismatch.found)
        })?;
        found[number] = Some(images);
    }
    let mut batches = Vec::new();
    for ((name, _), images) in wanted.iter().zip(found) {
        batches.push(images.ok_or_else(|| Mismatch::new(format!("{name} in it"), "none"))?);
    }
    let last = batches.pop().unwrap_or_default();
    let mut images = Decoded::default();
    batches.into_iter().for_each(|batch| images.append(batch));
    Ok([images, last])
}
