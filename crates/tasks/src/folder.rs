use std::path::PathBuf;

/// A folder of the user's that a task reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The setting that names it.
    pub key: &'static str,
    pub path: PathBuf,
}
