//! Files of LMDB (the Lightning memory-mapped database, version 0.9), read only.
//!
//! The library maps a file and trusts it, so that a damaged one can end the process. Here every
//! number is checked against the file, each page is read once, and a page is all that is held.
//! Written against the structures in LMDB's `mdb.c`: a page has a header of 16 bytes (number, flags,
//! bounds of the free part), the offsets of its nodes, and from its end the nodes; a node has a
//! header of 8 bytes (data size or child page, flags, key size), the key and the data.

use crate::error::Mismatch;
use std::io::{Read, Seek, SeekFrom};

const MAGIC: u32 = 0xBEEF_C0DE;
const VERSION: u32 = 1;

const HEADER: usize = 16;
const NODE: usize = 8;

const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
const OVERFLOW: u16 = 0x04;
const META: u16 = 0x08;

/// On a leaf's node: the data is in overflow pages.
const BIG: u16 = 0x01;

/// Deepest tree of LMDB (`CURSOR_STACK`).
const DEPTH: usize = 32;

/// What a meta page says of the main database.
#[derive(Debug)]
struct Meta {
    page_size: u64,
    /// Which of the two meta pages is the newer one.
    transaction: u64,
    /// `u64::MAX` for an empty database.
    root: u64,
    flags: u16,
    entries: u64,
}

/// Calls `each` on every key and value of the main database, in the order of the keys.
pub(crate) fn entries(
    mut input: impl Read + Seek,
    mut each: impl FnMut(&[u8], &[u8]) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let length = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let mut file = Pages {
        input,
        size: 0,
        count: 0,
        read: 0,
    };
    // The first page tells the page size, and with it where the second one is.
    let first = meta(&file.bytes(0, 256.min(length))?)?;
    let second = file.bytes(
        first.page_size,
        256.min(length.saturating_sub(first.page_size)),
    )?;
    let meta = match meta(&second) {
        Ok(second) if second.transaction > first.transaction => second,
        _ => first,
    };
    file.size = meta.page_size;
    file.count = length / meta.page_size;
    if meta.flags != 0 {
        return Err(damaged("a database with plain keys", "another kind"));
    }
    let mut seen = 0;
    let mut counted = |key: &[u8], value: &[u8]| {
        seen += 1;
        each(key, value)
    };
    if meta.root != u64::MAX {
        walk(&mut file, meta.root, 1, &mut counted)?;
    }
    if seen != meta.entries {
        return Err(damaged(
            format!("{} entries", meta.entries),
            seen.to_string(),
        ));
    }
    Ok(())
}

fn walk<S: Read + Seek>(
    file: &mut Pages<S>,
    number: u64,
    depth: usize,
    each: &mut impl FnMut(&[u8], &[u8]) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    if depth > DEPTH {
        return Err(damaged(format!("at most {DEPTH} levels"), "more"));
    }
    let bytes = file.pages(number, 1)?;
    let page = Page {
        bytes: &bytes,
        number,
    };
    let flags = page.flags()?;
    for index in 0..page.nodes()? {
        let node = page.node(index)?;
        if flags & BRANCH != 0 {
            walk(file, node.child(), depth + 1, each)?;
        } else if flags & LEAF == 0 {
            return Err(page.wrong("a branch or a leaf"));
        } else if node.flags == 0 {
            let data = node.body.get(node.key.len()..node.key.len() + node.size());
            each(node.key, data.ok_or_else(|| page.wrong("a node's data"))?)?;
        } else if node.flags == BIG {
            let data = file.overflow(&page, &node)?;
            each(node.key, data.get(..node.size()).unwrap_or_default())?;
        } else {
            return Err(page.wrong("plain data"));
        }
    }
    Ok(())
}

/// The file in pages.
struct Pages<S> {
    input: S,
    size: u64,
    /// Pages in the file.
    count: u64,
    /// Pages read so far: a tree reads none twice.
    read: u64,
}

impl<S: Read + Seek> Pages<S> {
    fn bytes(&mut self, start: u64, length: u64) -> Result<Vec<u8>, Mismatch> {
        let mut bytes = vec![0; length as usize];
        self.input
            .seek(SeekFrom::Start(start))
            .map_err(unreadable)?;
        self.input.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn pages(&mut self, number: u64, many: u64) -> Result<Vec<u8>, Mismatch> {
        if number.checked_add(many).is_none_or(|end| end > self.count) {
            return Err(damaged(
                format!("pages below {} (is the file whole?)", self.count),
                format!("a reference to page {number}"),
            ));
        }
        self.read += many;
        if self.read > self.count {
            return Err(damaged("a tree of pages", "pages that refer to each other"));
        }
        self.bytes(number * self.size, many * self.size)
    }

    /// At least the data of a node that has it in pages of its own.
    fn overflow(&mut self, leaf: &Page, node: &Node) -> Result<Vec<u8>, Mismatch> {
        let number = node.body.get(node.key.len()..node.key.len() + 8);
        let number = number.and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
        let number = number.ok_or_else(|| leaf.wrong("a page number"))?;
        let many = (HEADER + node.size()).div_ceil(self.size as usize) as u64;
        let mut bytes = self.pages(number, many)?;
        let page = Page {
            bytes: &bytes,
            number,
        };
        if page.flags()? & OVERFLOW == 0 {
            return Err(page.wrong("overflow data"));
        }
        bytes.drain(..HEADER);
        Ok(bytes)
    }
}

struct Page<'a> {
    bytes: &'a [u8],
    number: u64,
}

struct Node<'a> {
    /// Low and high half of the data size, in branches of the child's number.
    halves: (u16, u16),
    flags: u16,
    key: &'a [u8],
    /// The key and what follows.
    body: &'a [u8],
}

impl Node<'_> {
    fn size(&self) -> usize {
        usize::from(self.halves.0) | usize::from(self.halves.1) << 16
    }

    fn child(&self) -> u64 {
        self.size() as u64 | u64::from(self.flags) << 32
    }
}

impl<'a> Page<'a> {
    fn flags(&self) -> Result<u16, Mismatch> {
        // A page knows its number.
        match (u64_at(self.bytes, 0), u16_at(self.bytes, 10)) {
            (Some(number), Some(flags)) if number == self.number => Ok(flags),
            _ => Err(self.wrong("its number")),
        }
    }

    fn nodes(&self) -> Result<usize, Mismatch> {
        let free = usize::from(u16_at(self.bytes, 12).unwrap_or(0));
        if free < HEADER || free > self.bytes.len() || free % 2 != 0 {
            return Err(self.wrong("offsets of nodes"));
        }
        Ok((free - HEADER) / 2)
    }

    fn node(&self, index: usize) -> Result<Node<'a>, Mismatch> {
        self.read_node(index)
            .ok_or_else(|| self.wrong(&format!("node {index}")))
    }

    fn read_node(&self, index: usize) -> Option<Node<'a>> {
        let start = usize::from(u16_at(self.bytes, HEADER + 2 * index)?);
        let node = self.bytes.get(start..)?;
        let body = node.get(NODE..)?;
        Some(Node {
            halves: (u16_at(node, 0)?, u16_at(node, 2)?),
            flags: u16_at(node, 4)?,
            key: body.get(..usize::from(u16_at(node, 6)?))?,
            body,
        })
    }

    fn wrong(&self, expected: &str) -> Mismatch {
        damaged(format!("{expected} in page {}", self.number), "other bytes")
    }
}

fn meta(bytes: &[u8]) -> Result<Meta, Mismatch> {
    let body = bytes.get(HEADER..).unwrap_or_default();
    if u32_at(body, 0) != Some(MAGIC) || u16_at(bytes, 10).is_none_or(|flags| flags & META == 0) {
        return Err(damaged(
            "an LMDB file of a 64-bit little-endian machine",
            "something else",
        ));
    }
    if u32_at(body, 4) != Some(VERSION) {
        return Err(damaged(format!("LMDB format {VERSION}"), "another one"));
    }
    // Behind the map's address and size: the database of free pages, then the main one.
    let (free, main) = (24, 24 + 48);
    let read = || {
        Some(Meta {
            page_size: u64::from(u32_at(body, free)?),
            flags: u16_at(body, main + 4)?,
            entries: u64_at(body, main + 32)?,
            root: u64_at(body, main + 40)?,
            transaction: u64_at(body, main + 56)?,
        })
    };
    let meta = read().ok_or_else(|| damaged("a whole meta page", "the end of the file"))?;
    if !meta.page_size.is_power_of_two() || !(256..=65_536).contains(&meta.page_size) {
        return Err(damaged(
            "a page size from 256 to 65536",
            meta.page_size.to_string(),
        ));
    }
    Ok(meta)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn damaged(expected: impl Into<String>, found: impl Into<String>) -> Mismatch {
    Mismatch::new(expected, found)
}

fn unreadable(error: std::io::Error) -> Mismatch {
    Mismatch::new("a readable file", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;
    use flate2::read::GzDecoder;
    use std::io::Cursor;

    fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/tests/fixtures/tape/{name}", env!("CARGO_MANIFEST_DIR"));
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).unwrap();
        GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    }

    type Entry = (Vec<u8>, Vec<u8>);

    fn read(bytes: &[u8]) -> Result<Vec<Entry>, Mismatch> {
        let mut all = Vec::new();
        entries(Cursor::new(bytes), |key, value| {
            all.push((key.to_vec(), value.to_vec()));
            Ok(())
        })?;
        Ok(all)
    }

    /// What scripts/golden_tape.py put in.
    fn deep() -> Vec<Entry> {
        let entry = |index: usize| {
            let key = format!("{index:03}{}", "k".repeat(440)).into_bytes();
            (key, vec![index as u8; 40 * index])
        };
        (0..120).map(entry).collect()
    }

    #[test]
    fn branches_leaves_and_overflow_pages_of_the_library_are_read() {
        let file = fixture("deep.mdb.gz");
        let meta = meta(&file).unwrap();
        assert_eq!(meta.page_size, 4096);
        // The depth that the library wrote down.
        let depth = [0, 4096].map(|page| u16_at(&file, page + HEADER + 24 + 48 + 6).unwrap());
        assert!(depth.into_iter().max() >= Some(3), "{depth:?}");
        assert!(read(&file).unwrap() == deep());
        assert_eq!(read(&fixture("empty.mdb.gz")).unwrap(), []);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let file = fixture("deep.mdb.gz");
        let error = read(&file[..file.len() / 2]).unwrap_err();
        assert!(error.expected.contains("is the file whole?"), "{error:?}");
        for bytes in [
            &b""[..],
            b"not a database",
            &file[4096 + 17..],
            &[0; 10_000],
        ] {
            let error = read(bytes).unwrap_err();
            assert!(error.expected.contains("an LMDB file"), "{error:?}");
        }
    }

    #[test]
    fn pages_that_refer_to_themselves_end() {
        let mut file = fixture("deep.mdb.gz");
        let newest = [0, 4096]
            .into_iter()
            .max_by_key(|page| u64_at(&file, page + HEADER + 24 + 48 + 56))
            .unwrap();
        let root = u64_at(&file, newest + HEADER + 24 + 48 + 40).unwrap();
        let page = root as usize * 4096;
        for index in 0..2 {
            let node = page + usize::from(u16_at(&file, page + HEADER + 2 * index).unwrap());
            file[node..node + 2].copy_from_slice(&(root as u16).to_le_bytes());
        }
        let error = read(&file).unwrap_err();
        assert!(
            error.expected.contains("levels") || error.expected.contains("tree"),
            "{error:?}"
        );
    }

    #[test]
    fn damaged_files_are_errors_or_entries() {
        let file = fixture("small.mdb.gz");
        assert_eq!(read(&file).unwrap().len(), 21);
        damaged(&file, |bytes| drop(read(bytes)));
    }
}
