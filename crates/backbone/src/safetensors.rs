//! Reads a safetensors file a tensor at a time. burn-store maps the whole file into memory, which
//! counts against the process and kills it when the file shrinks; here a tensor is read when it is
//! asked for and at no other time.

use burn::tensor::{BoolStore, Bytes, DType};
use burn_store::burn_pack::{Error, Tensor};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A header that is longer than this describes no real checkpoint.
const LONGEST_HEADER: u64 = 32 << 20;

/// An entry of the header.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// The tensors of a file, unread.
///
/// # Errors
/// A sentence on the first thing that is not as the format wants it.
pub(crate) fn tensors(path: &Path) -> Result<Vec<Tensor>, String> {
    let io = |error: std::io::Error| error.to_string();
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut size = [0; 8];
    if length < 8 {
        return Err(format!("{length} bytes are no safetensors file"));
    }
    file.read_exact(&mut size).map_err(io)?;
    let size = u64::from_le_bytes(size);
    if size > LONGEST_HEADER || size > length - 8 {
        return Err(format!(
            "its header is said to have {size} bytes, in a file of {length}: cut off or damaged"
        ));
    }
    let mut header = vec![0; size as usize];
    file.read_exact(&mut header).map_err(io)?;
    let header: BTreeMap<String, Value> =
        serde_json::from_slice(&header).map_err(|error| format!("its header: {error}"))?;
    let (start, data) = (8 + size, length - 8 - size);
    let file = Arc::new(Mutex::new(file));
    header
        .into_iter()
        .filter(|(name, _)| name != "__metadata__")
        .map(|(name, entry)| {
            let wrong = |problem: String| format!("tensor `{name}`: {problem}");
            let entry: Entry =
                serde_json::from_value(entry).map_err(|error| wrong(error.to_string()))?;
            let dtype = dtype(&entry.dtype).ok_or_else(|| {
                wrong(format!(
                    "numbers of type {}, which no body has",
                    entry.dtype
                ))
            })?;
            let bytes = length_of(&entry.shape, dtype);
            let (from, to) = entry.data_offsets;
            if to > data || bytes.is_none_or(|bytes| from.checked_add(bytes) != Some(to)) {
                return Err(wrong(format!(
                    "{} {:?} lies at bytes {from} to {to} of {data}: cut off or damaged",
                    entry.dtype, entry.shape
                )));
            }
            let (file, bytes) = (Arc::clone(&file), (to - from) as usize);
            let read = move || part(&file, start + from, bytes);
            Ok(Tensor::deferred(
                name,
                dtype,
                entry.shape,
                None,
                bytes,
                read,
            ))
        })
        .collect()
}

/// Bytes of a tensor, if they can be counted.
fn length_of(shape: &[usize], dtype: DType) -> Option<u64> {
    let bytes = shape
        .iter()
        .try_fold(dtype.size(), |bytes, size| bytes.checked_mul(*size));
    bytes.map(|bytes| bytes as u64)
}

/// `bytes` of the file from `start` on.
fn part(file: &Mutex<File>, start: u64, bytes: usize) -> Result<Bytes, Error> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut values = vec![0; bytes];
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.read_exact(&mut values))
        .map_err(|error| Error::IoError(error.to_string()))?;
    Ok(Bytes::from_bytes_vec(values))
}

/// The type of that name; integers and booleans are buffers that bodies leave alone.
fn dtype(name: &str) -> Option<DType> {
    Some(match name {
        "F64" => DType::F64,
        "F32" => DType::F32,
        "F16" => DType::F16,
        "BF16" => DType::BF16,
        "I64" => DType::I64,
        "I32" => DType::I32,
        "I16" => DType::I16,
        "I8" => DType::I8,
        "U64" => DType::U64,
        "U32" => DType::U32,
        "U16" => DType::U16,
        "U8" => DType::U8,
        "BOOL" => DType::Bool(BoolStore::Native),
        _ => return None,
    })
}
