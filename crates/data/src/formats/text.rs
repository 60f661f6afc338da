//! Text files, raw or with `.gz`.

use crate::error::DataError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A packed file may hold this many times its size, and [`SLACK`] more: a bomb ends there.
const RATIO: u64 = 64;
const SLACK: u64 = 16 << 20;

/// Opens a file; unpacks it on the way where its name ends in `.gz`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let size = file.metadata().map_err(DataError::io("read", path))?.len();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let limit = size.saturating_mul(RATIO).saturating_add(SLACK);
        Ok(Box::new(BufReader::new(
            MultiGzDecoder::new(file).take(limit),
        )))
    } else {
        Ok(Box::new(BufReader::new(file)))
    }
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
        let bomb = pack(&vec![0; 48 << 20]);
        std::fs::write(&path, &bomb).unwrap();
        assert_eq!(length(), SLACK + RATIO * bomb.len() as u64);
    }
}
