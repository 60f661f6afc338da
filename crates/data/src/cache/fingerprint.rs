use crate::error::DataError;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// What cached sections were made from, and by which version of the code that makes them.
pub struct Fingerprint(blake3::Hasher);

impl Fingerprint {
    /// `maker` names what is cached and its version, e.g. `mnist 1`.
    pub fn new(maker: &str) -> Self {
        Self(blake3::Hasher::new_derive_key("fpt kept data 1")).and(maker.as_bytes())
    }

    /// Settings, or the checksum of other data.
    #[must_use]
    pub fn and(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// A source file, told from others by its name, length, inode and times of change. Whoever changes
    /// a file may set one of the times back, but not the other.
    ///
    /// # Errors
    /// The file is not there.
    pub(crate) fn and_file(self, path: &Path) -> Result<Self, DataError> {
        let about = fs::metadata(path).map_err(DataError::io("look at", path))?;
        // Where the system knows no time, name and length have to do.
        let changed = about.modified().ok();
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let changed = changed.map_or(0, |time| time.as_nanos());
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let told = self
            .and(name)
            .and(&about.len().to_le_bytes())
            .and(&changed.to_le_bytes());
        #[cfg(unix)]
        let told = {
            use std::os::unix::fs::MetadataExt;
            let status = [about.ctime(), about.ctime_nsec(), about.ino().cast_signed()];
            told.and(&status.map(i64::to_le_bytes).concat())
        };
        Ok(told)
    }

    /// A name for sets that differ in what was told so far and are used side by side.
    #[must_use]
    pub fn name(&self, what: &str) -> String {
        let hash = self.0.finalize().to_hex();
        format!("{what}-{}", &hash[..12])
    }

    pub(super) fn finish(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
