use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Puts the keys of a safetensors file's header in order, so that the same body is the same bytes: its
/// writer keeps them in a hash map. Numbers stay where they are.
pub(crate) fn sort(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut size = [0; 8];
    file.read_exact(&mut size)?;
    let length = file.metadata()?.len();
    let size = u64::from_le_bytes(size);
    if size > length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut header = vec![0; size as usize];
    file.read_exact(&mut header)?;
    // A map without an order of its own would be sorted as well; this one says so.
    let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&header)?;
    let mut sorted = serde_json::to_vec(&sorted)?;
    // The format pads with spaces.
    sorted.resize(header.len(), b' ');
    file.seek(SeekFrom::Start(8))?;
    file.write_all(&sorted)
}
