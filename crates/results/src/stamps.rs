//! Whether files are as they were when they were read.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A file that has changed so lately may change again without another stamp: clocks of files tick.
const TICK: Duration = Duration::from_secs(2);

/// Change and length of each file; `None` of one that is not there.
pub(crate) type Stamps<const N: usize> = [Option<(SystemTime, u64)>; N];

/// Those of the files with these names; `None` where the next change might not be seen.
pub(crate) fn stamps<const N: usize>(folder: &Path, names: [&str; N]) -> Option<Stamps<N>> {
    let now = SystemTime::now();
    let mut stamps = [None; N];
    for (stamp, name) in stamps.iter_mut().zip(names) {
        let about = match fs::metadata(folder.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            about => about.ok()?,
        };
        let changed = about.modified().ok()?;
        let is_settled = now.duration_since(changed).is_ok_and(|age| age > TICK);
        *stamp = is_settled.then_some(Some((changed, about.len())))?;
    }
    Some(stamps)
}
