use crate::error::DataError;
use std::io;
use std::path::Path;

/// Unpacks an item's files into a folder.
pub(super) fn unpack(archive: &[u8], into: &Path) -> Result<(), DataError> {
    // Nobody but this source packs it: what goes wrong here is the disk.
    let unpacked = |archive| -> io::Result<()> {
        let mut archive = tar::Archive::new(zstd::Decoder::new(archive)?);
        archive.set_preserve_mtime(false);
        archive.unpack(into)
    };
    unpacked(archive).map_err(DataError::io("unpack into", into))
}
