//! The bytes of a cached file, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `fptkept` and the version of this format |
//! | 32 | blake3 of all that follows |
//! | 32 | fingerprint of the sources |
//! | 8 | number of sections |
//! | | for each: length of its name, name, start, length (8 bytes a number) |
//! | | the sections, each at a multiple of 64, zeros between |

use blake3::Hasher;
use std::io::{self, Write};
use std::ops::Range;

const MAGIC: [u8; 8] = *b"fptkept\x01";
const HASHED: usize = MAGIC.len() + 32;
const ALIGN: usize = 64;

/// Name and content of a section.
pub(super) type Named = (String, Vec<u8>);

/// Writes sections as a file. Nothing is buffered: sections are long, the rest is one write.
pub(super) fn write(sections: &[Named], print: &[u8; 32], out: &mut impl Write) -> io::Result<()> {
    let mut header = index(sections, print);
    let mut hasher = Hasher::new();
    hasher.update(&header[HASHED..]);
    for (_, content) in sections {
        hasher.update_rayon(content);
        hasher.update(padding(content.len()));
    }
    header[MAGIC.len()..HASHED].copy_from_slice(hasher.finalize().as_bytes());
    out.write_all(&header)?;
    for (_, content) in sections {
        out.write_all(content)?;
        out.write_all(padding(content.len()))?;
    }
    Ok(())
}

/// What stands before the first section, the checksum left at zero.
fn index(sections: &[Named], print: &[u8; 32]) -> Vec<u8> {
    let names: usize = sections.iter().map(|(name, _)| 24 + name.len()).sum();
    let length = HASHED + print.len() + 8 + names;
    let mut header = Vec::with_capacity(length.next_multiple_of(ALIGN));
    header.extend(MAGIC);
    header.extend([0; 32]);
    header.extend(print);
    header.extend((sections.len() as u64).to_le_bytes());
    let mut start = length.next_multiple_of(ALIGN);
    for (name, content) in sections {
        header.extend((name.len() as u64).to_le_bytes());
        header.extend(name.as_bytes());
        header.extend((start as u64).to_le_bytes());
        header.extend((content.len() as u64).to_le_bytes());
        start = (start + content.len()).next_multiple_of(ALIGN);
    }
    header.extend(padding(length));
    header
}

/// Zeros up to the next section.
fn padding(length: usize) -> &'static [u8] {
    &[0; ALIGN][..length.next_multiple_of(ALIGN) - length]
}

/// Where the sections of a whole file lie; `None` where it is of another kind, version or
/// fingerprint, or not the bytes that were written.
pub(super) fn read(file: &[u8], print: &[u8; 32]) -> Option<Vec<(String, Range<usize>)>> {
    let mut rest = file.strip_prefix(&MAGIC)?;
    let checksum = take(&mut rest, 32)?;
    let hashed = rest;
    if take(&mut rest, 32)? != print {
        return None;
    }
    if Hasher::new().update_rayon(hashed).finalize() != blake3::Hash::from_slice(checksum).ok()? {
        return None;
    }
    let count = number(&mut rest)?;
    let section = |_| {
        let length = number(&mut rest)?;
        let name = String::from_utf8(take(&mut rest, length)?.to_vec()).ok()?;
        let start = number(&mut rest)?;
        let end = start.checked_add(number(&mut rest)?)?;
        (end <= file.len()).then_some((name, start..end))
    };
    (0..count).map(section).collect()
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    let number = take(bytes, 8)?.try_into().ok()?;
    usize::try_from(u64::from_le_bytes(number)).ok()
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
