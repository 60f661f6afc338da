use std::path::PathBuf;
use std::time::Duration;

/// What a fetch is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Another process fetches the same item; this one waits for it.
    Waiting,
    /// A source is asked.
    Trying { source: String },
    /// A file begins to come; `from` is above 0 where an earlier download is gone on with.
    Downloading { from: u64, total: Option<u64> },
    /// Bytes of the file that are here, of how many where that is known.
    Downloaded { bytes: u64, total: Option<u64> },
    /// It did not go well, and is tried again after a pause.
    Again { because: String, pause: Duration },
    /// The download is made into the item's files.
    Converting,
}

/// Where an item lies now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub folder: PathBuf,
    /// The source that had it; `None` where it was here already.
    pub source: Option<String>,
}
