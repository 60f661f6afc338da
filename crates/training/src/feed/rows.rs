//! A file of rows that are written in any order, each under a checksum.

use memmap2::Mmap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the file starts with; the last byte is the version of its layout.
const MAGIC: [u8; 8] = *b"fptrows\x01";

/// Magic, rows, bytes of a row's content, key.
const HEADER: usize = 8 + 8 + 8 + 32;

/// Bytes of a checksum, which stands before its row's content.
const CHECKSUM: usize = 8;

/// Rows of one length. A row is there when its checksum fits its number and its content, and not
/// there otherwise; so nothing is locked or ordered. A process that is killed, or damage to the
/// file, costs rows; two processes that write one row write the same bytes.
pub(super) struct Rows {
    file: File,
    map: Mmap,
    key: [u8; 32],
    /// Bytes of a row's content.
    width: usize,
    /// Rows that were read or written: the disk has room for them.
    known: Vec<AtomicBool>,
}

impl Rows {
    /// Opens the file of this key, which also keys its checksums, and of this size. A file of
    /// another kind or size at `path` gives way to an empty one.
    ///
    /// # Errors
    /// When the file cannot be read, written or made.
    pub fn open(path: &Path, key: [u8; 32], rows: usize, width: usize) -> io::Result<Self> {
        let mut header = Vec::with_capacity(HEADER);
        header.extend(MAGIC);
        header.extend((rows as u64).to_le_bytes());
        header.extend((width as u64).to_le_bytes());
        header.extend(key);
        let length = (HEADER + rows * (CHECKSUM + width)) as u64;
        let file = match existing(path, &header, length)? {
            Some(file) => file,
            None => made(path, &header, length)?,
        };
        // SAFETY: nothing here shortens a file in place. Others may write rows while they are
        // read, so a row is copied before it is checked.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self {
            file,
            map,
            key,
            width,
            known: (0..rows).map(|_| AtomicBool::new(false)).collect(),
        })
    }

    /// Bytes of a row's content.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Copies the content of a row into `content`, as long as [`width`](Self::width); whether the
    /// row was there.
    ///
    /// The first time not through the map: where a hole in the file takes memory to be looked at
    /// (tmpfs), and none is left, the map would end the process.
    pub fn read(&self, row: usize, content: &mut [u8]) -> bool {
        let start = self.start(row);
        let mut sum = [0; CHECKSUM];
        let known = self.known[row].load(Ordering::Relaxed);
        if known {
            let (found, rest) = self.map[start..].split_at(CHECKSUM);
            sum.copy_from_slice(found);
            content.copy_from_slice(&rest[..self.width]);
        } else if read_exact_at(&self.file, &mut sum, start)
            .and_then(|()| read_exact_at(&self.file, content, start + CHECKSUM))
            .is_err()
        {
            return false;
        }
        let fits = sum == self.checksum(row, content);
        if fits && !known {
            self.known[row].store(true, Ordering::Relaxed);
        }
        fits
    }

    /// Writes a row.
    ///
    /// Not through the map: on a full disk that would end the process.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, row: usize, content: &[u8]) -> io::Result<()> {
        let whole = [&self.checksum(row, content), content].concat();
        write_all_at(&self.file, &whole, self.start(row))?;
        self.known[row].store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Where a row begins in the file.
    fn start(&self, row: usize) -> usize {
        HEADER + row * (CHECKSUM + self.width)
    }

    fn checksum(&self, row: usize, content: &[u8]) -> [u8; CHECKSUM] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(row as u64).to_le_bytes());
        hasher.update(content);
        let mut sum = [0; CHECKSUM];
        sum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM]);
        sum
    }
}

/// The file at `path` if it is of this kind and size; what else is there is removed.
fn existing(path: &Path, header: &[u8], length: u64) -> io::Result<Option<File>> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    (&mut file).take(HEADER as u64).read_to_end(&mut found)?;
    if found == header && file.metadata()?.len() == length {
        return Ok(Some(file));
    }
    drop(file);
    fs::remove_file(path)?;
    Ok(None)
}

/// An empty file: only its header takes space on disk. It appears whole, and when another process
/// made it meanwhile, that one's is taken.
fn made(path: &Path, header: &[u8], length: u64) -> io::Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut part = files::begin(path)?;
    part.write_all(header)?;
    part.as_file().set_len(length)?;
    match part.persist_noclobber(path) {
        Ok(file) => Ok(file),
        Err(lost) => existing(path, header, length)?.ok_or(lost.error),
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], start: usize) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, start as u64)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], start: usize) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start as u64)
}

// Less than asked for is an error here: half a row is none.

#[cfg(windows)]
fn write_all_at(file: &File, bytes: &[u8], start: usize) -> io::Result<()> {
    match std::os::windows::fs::FileExt::seek_write(file, bytes, start as u64)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

#[cfg(windows)]
fn read_exact_at(file: &File, bytes: &mut [u8], start: usize) -> io::Result<()> {
    match std::os::windows::fs::FileExt::seek_read(file, bytes, start as u64)? {
        read if read == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn open(path: &Path) -> Rows {
        Rows::open(path, KEY, 5, 12).unwrap()
    }

    fn read(rows: &Rows, row: usize) -> Option<[u8; 12]> {
        let mut content = [0; 12];
        rows.read(row, &mut content).then_some(content)
    }

    #[test]
    fn what_was_written_is_there_also_for_others_and_later_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/rows");
        let (rows, other) = (open(&path), open(&path));
        rows.write(3, &[9; 12]).unwrap();
        for rows in [&rows, &other, &open(&path)] {
            let found: Vec<_> = (0..5).map(|row| read(rows, row)).collect();
            assert_eq!(found, [None, None, None, Some([9; 12]), None]);
        }
    }

    #[test]
    fn a_row_that_changed_or_moved_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        let rows = open(&path);
        rows.write(0, &[1; 12]).unwrap();
        rows.write(1, &[2; 12]).unwrap();
        rows.write(2, &[3; 12]).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let row = CHECKSUM + 12;
        bytes.copy_within(HEADER..HEADER + row, HEADER + row);
        bytes[HEADER + 3 * row - 1] ^= 1;
        fs::write(&path, bytes).unwrap();
        let rows = open(&path);
        let found: Vec<_> = (0..3).map(|row| read(&rows, row)).collect();
        assert_eq!(found, [Some([1; 12]), None, None]);
    }

    #[test]
    fn another_file_in_its_place_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        let rows = open(&path);
        rows.write(0, &[1; 12]).unwrap();
        let whole = fs::read(&path).unwrap();
        let newer = [&b"fptrows\x02"[..], &whole[8..]].concat();
        for strange in [&whole[..whole.len() - 1], &whole[..9], &[], &newer] {
            fs::write(&path, strange).unwrap();
            let rows = open(&path);
            assert_eq!(read(&rows, 0), None);
            rows.write(0, &[1; 12]).unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
        let other = Rows::open(&path, [8; 32], 5, 12).unwrap();
        assert_eq!(read(&other, 0), None);
    }
}
