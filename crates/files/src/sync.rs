use crate::lacks::{Lack, note};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Syncs a file that is, or becomes, `path`. Where the file system knows no such thing, the file is as
/// safe as it gets there; [`lacks`](crate::lacks) tells.
///
/// # Errors
/// Where what was written did not reach the disk.
pub fn sync(file: &File, path: &Path) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if is_unknown(&error) => {
            note(Lack::Sync, path, &error);
            Ok(())
        }
        synced => synced,
    }
}

/// Whether the file system says that it has no such call, rather than that the call went wrong.
fn is_unknown(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::ReadOnlyFilesystem
    )
}
