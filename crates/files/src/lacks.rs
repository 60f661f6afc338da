//! What file systems that were written to cannot do. Work goes on without, and it is said once.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    Locks,
    Sync,
}

#[derive(Default)]
struct Notes {
    noticed: Vec<Lack>,
    unsaid: Vec<String>,
}

static NOTES: Mutex<Notes> = Mutex::new(Notes {
    noticed: Vec::new(),
    unsaid: Vec::new(),
});

/// What was found to be lacking since this was asked last, a sentence each. Nothing is told twice in a
/// process, however many files it is true of.
pub fn lacks() -> Vec<String> {
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut notes.unsaid)
}

pub(crate) fn note(lack: Lack, path: &Path, error: &io::Error) {
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    if notes.noticed.contains(&lack) {
        return;
    }
    notes.noticed.push(lack);
    let folder = path.parent().unwrap_or(path).display();
    notes.unsaid.push(match lack {
        Lack::Locks => format!(
            "files cannot be locked in {folder} ({error}): two processes may fetch or decode the same data there"
        ),
        Lack::Sync => format!(
            "files cannot be synced to disk in {folder} ({error}): what was written last may be lost when \
             the machine goes down"
        ),
    });
}
