//! The command that messages tell a user to type.

use std::sync::OnceLock;

static OPTION: OnceLock<String> = OnceLock::new();

/// Notes what follows each `fpt fetch` that messages name: ` --data DIR`, where data is not where it usually is. Once, before
/// anything is told.
pub fn note_option(option: String) {
    let _ = OPTION.set(option);
}

/// What brings an item, in backticks.
pub(crate) fn fetch(item: &str) -> String {
    let option = OPTION.get().map_or("", String::as_str);
    format!("`fpt fetch {item}{option}`")
}
