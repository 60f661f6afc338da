//! Reads a safetensors file a tensor at a time. burn-store maps the whole file into memory, which
//! counts against the process and kills it when the file shrinks; here a tensor is read when it is
//! asked for and at no other time.

use crate::found::Found;
use crate::mistaken::{head, mistaken};
use burn::tensor::{BoolStore, Bytes, DType};
use burn_store::burn_pack::{Error, Tensor};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
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

/// The header's entries, of which no two have one name.
struct Header(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((name, entry)) = map.next_entry::<String, Value>()? {
                    if entries.contains_key(&name) {
                        let twice = format!("two tensors have the name `{name}`");
                        return Err(A::Error::custom(twice));
                    }
                    entries.insert(name, entry);
                }
                Ok(Header(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// The tensors of a file, unread.
///
/// # Errors
/// A sentence on the first thing that is not as the format wants it.
pub(crate) fn tensors(path: &Path) -> Result<Vec<Found>, String> {
    let io = |error: std::io::Error| error.to_string();
    let mut file = files::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let head = head(&mut file).map_err(io)?;
    if let Some(what) = other_kind(&head) {
        return Err(what);
    }
    let Some(size) = head.first_chunk() else {
        return Err(format!("{length} bytes are no safetensors file"));
    };
    let size = u64::from_le_bytes(*size);
    if size > LONGEST_HEADER || size > length - 8 {
        return Err(format!(
            "its header is said to have {size} bytes, in a file of {length}: cut off or damaged"
        ));
    }
    let mut header = vec![0; size as usize];
    file.seek(SeekFrom::Start(8)).map_err(io)?;
    file.read_exact(&mut header).map_err(io)?;
    let Header(header) =
        serde_json::from_slice(&header).map_err(|error| format!("its header: {error}"))?;
    let (start, data) = (8 + size, length - 8 - size);
    let mut entries = Vec::new();
    for (name, entry) in header
        .into_iter()
        .filter(|(name, _)| name != "__metadata__")
    {
        let entry: Entry =
            serde_json::from_value(entry).map_err(|error| format!("tensor `{name}`: {error}"))?;
        entries.push((name, entry));
    }
    let ends = entries.iter().map(|(_, entry)| entry.data_offsets.1).max();
    if let Some(whole) = ends
        .unwrap_or(0)
        .checked_add(start)
        .filter(|end| *end > length)
    {
        return Err(format!(
            "the file has {length} bytes of {whole} that its header speaks of: cut off; get it again"
        ));
    }
    let gap = gap(&entries, data);
    let file = Arc::new(Mutex::new(file));
    let found = entries.into_iter().map(|(name, entry)| {
        let (from, to) = entry.data_offsets;
        let dtype = dtype(&entry.dtype);
        let fits = dtype.is_none_or(|dtype| {
            let bytes = length_of(&entry.shape, dtype);
            bytes.is_some_and(|bytes| from.checked_add(bytes) == Some(to))
        });
        if from > to || !fits {
            return Err(format!(
                "tensor `{name}`: {} {:?} lies at bytes {from} to {to} of {data}: damaged",
                entry.dtype, entry.shape
            ));
        }
        let (file, bytes) = (Arc::clone(&file), (to - from) as usize);
        let read = move || part(&file, start + from, bytes);
        // Bytes of a type that nothing here has are never read.
        let dtype = dtype.unwrap_or(DType::U8);
        Ok(Found {
            tensor: Tensor::deferred(name, dtype, entry.shape, None, bytes, read),
            kind: entry.dtype,
        })
    });
    let found: Result<Vec<Found>, String> = found.collect();
    match gap {
        // What is wrong with a tensor by itself says more.
        Some(why) => found.and(Err(why)),
        None => found,
    }
}

/// Where tensors do not lie one behind the other from the first byte to the last, as the format has it: what two of them
/// share, or none has, is damage that nothing else would show.
fn gap(entries: &[(String, Entry)], data: u64) -> Option<String> {
    let mut places: Vec<(u64, u64, &str)> = entries
        .iter()
        .map(|(name, entry)| (entry.data_offsets.0, entry.data_offsets.1, name.as_str()))
        .collect();
    places.sort_unstable();
    let mut end = 0;
    for (from, to, name) in places {
        if from != end {
            return Some(format!(
                "tensor `{name}` begins at byte {from} of the data, and the one before ends at {end}: damaged; get it again"
            ));
        }
        end = to;
    }
    (end != data).then(|| {
        format!(
            "its tensors end at byte {end} of the data, which has {data}: damaged; get it again"
        )
    })
}

/// What a file is that is no safetensors file, where its first bytes tell.
fn other_kind(head: &[u8]) -> Option<String> {
    if let Some(what) = mistaken(head) {
        return Some(what);
    }
    if head.starts_with(b"PK") {
        let what = "a zip archive; weights that PyTorch saved so are read as pytorch_model.bin";
        return Some(what.to_owned());
    }
    let text = head.len() > 8 && head.iter().all(|byte| matches!(byte, b'\t'..=b'~'));
    let shown = String::from_utf8_lossy(head);
    text.then(|| format!("text, not weights: it begins `{}`", shown.escape_default()))
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

/// The type of that name, if tensors here can have it; integers and booleans are buffers that bodies
/// leave alone.
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
