/// How far the download of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The file's name in its repository.
    pub file: String,
    pub bytes: u64,
    /// Of how many, where the hub says so.
    pub total: Option<u64>,
}
