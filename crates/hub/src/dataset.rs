use crate::client::Hub;
use crate::error::HubError;
use crate::progress::Progress;
use crate::remote::Remote;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The branch that data sets are read from.
const REVISION: &str = "main";

impl Hub {
    /// Downloads a file of a data set into a folder, past the cache.
    ///
    /// # Errors
    /// One sentence on why not.
    pub fn dataset_file(
        &self,
        (owner, name): (&str, &str),
        file: &str,
        into: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<PathBuf, HubError> {
        if self.offline {
            let why = "not asked, since HF_HUB_OFFLINE is set";
            return Err(HubError::Failed(why.to_owned()));
        }
        let remote = Remote::of(self, owner, name)?;
        let address = remote.address(&["datasets", owner, name], REVISION, file);
        let total = remote.head(&address, file)?.length;
        let target = into.join(file);
        let mut out = create(&target).map_err(HubError::disk(&target))?;
        remote.pour(&address, file, &mut out, &mut |bytes| {
            let file = file.to_owned();
            progress(Progress { file, bytes, total });
        })?;
        Ok(target)
    }
}

fn create(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    File::create(path)
}
