use crate::error::DataError;
use crate::item::Package;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Whether an archive is the one that is known; one line says why not.
pub(super) fn check(archive: &Path, package: &Package) -> Result<(), String> {
    let found = checksum(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    if found == package.sha256 {
        return Ok(());
    }
    let expected = package.sha256;
    Err(format!(
        "the archive has sha256 {found}, expected {expected}"
    ))
}

/// The sha256 of a file, in hex.
pub(super) fn checksum(path: &Path) -> io::Result<String> {
    let mut file = files::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Extracts files of an archive into a folder, which is made.
///
/// `target` gets a file's path inside the package and says where it goes; `None` leaves it out.
pub(crate) fn extract(
    archive: &Path,
    into: &Path,
    target: impl Fn(&str) -> Option<&str>,
) -> Result<(), DataError> {
    fs::create_dir_all(into).map_err(DataError::io("make", into))?;
    let unreadable = || DataError::io("unpack", archive);
    let file = files::open(archive).map_err(unreadable())?;
    let mut tar = tar::Archive::new(GzDecoder::new(file));
    for entry in tar.entries().map_err(unreadable())? {
        let mut entry = entry.map_err(unreadable())?;
        let path = entry.path().map_err(unreadable())?.into_owned();
        // Archives hold one folder, mostly called `package`.
        let inside: PathBuf = path.components().skip(1).collect();
        let Some(target) = inside.to_str().and_then(&target) else {
            continue;
        };
        if !files::is_below(target) || !entry.header().entry_type().is_file() {
            continue;
        }
        let target = into.join(target);
        files::write_with(&target, |out| io::copy(&mut entry, out).map(drop))
            .map_err(DataError::io("write", &target))?;
    }
    Ok(())
}
