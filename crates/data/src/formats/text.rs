//! Text files, raw or with `.gz`.

use crate::error::DataError;
use crate::foreign::BYTE_ORDER_MARK;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// A packed file may hold this many times its size, and [`SLACK`] more: a bomb ends there.
const RATIO: u64 = 64;
const SLACK: u64 = 16 << 20;

/// How a file begins that gzip packed.
pub(crate) const GZIP: &[u8] = b"\x1f\x8b";

/// Opens a file, behind a byte-order mark; unpacks it on the way where it begins as packed ones do.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    let opened = || -> io::Result<Box<dyn BufRead>> {
        let file = files::open(path)?;
        let size = file.metadata()?.len();
        let mut file = BufReader::new(file);
        if file.fill_buf()?.starts_with(GZIP) {
            let limit = size.saturating_mul(RATIO).saturating_add(SLACK);
            let unpacked = MultiGzDecoder::new(file).take(limit);
            return Ok(Box::new(behind_mark(BufReader::new(unpacked))?));
        }
        Ok(Box::new(behind_mark(file)?))
    };
    opened().map_err(DataError::io("read", path))
}

fn behind_mark<R: BufRead>(mut text: R) -> io::Result<R> {
    if text.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        text.consume(BYTE_ORDER_MARK.len());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    #[test]
    fn packed_files_are_unpacked_but_bombs_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gz");
        let pack = |text: &[u8]| {
            let mut out = GzEncoder::new(Vec::new(), Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        };
        let length = || open(&path).unwrap().bytes().map(Result::unwrap).count() as u64;
        // Two members, as bgzip writes them.
        std::fs::write(&path, [pack(b"ab"), pack(b"c")].concat()).unwrap();
        assert_eq!(length(), 3);
        // Whatever they are called, and behind a byte-order mark.
        let other = folder.path().join("b");
        for content in [
            b"\xef\xbb\xbfabc".to_vec(),
            pack(b"\xef\xbb\xbfabc"),
            b"abc".to_vec(),
        ] {
            for path in [&path, &other] {
                std::fs::write(path, &content).unwrap();
                let mut text = String::new();
                open(path).unwrap().read_to_string(&mut text).unwrap();
                assert_eq!(text, "abc");
            }
        }
        let bomb = pack(&vec![0; 48 << 20]);
        std::fs::write(&path, &bomb).unwrap();
        assert_eq!(length(), SLACK + RATIO * bomb.len() as u64);
    }
}
