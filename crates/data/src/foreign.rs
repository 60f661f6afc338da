//! What often lies where a file of data should be.

use std::io::Read;
use std::path::Path;

/// Bytes of a file that tell.
const LOOK: u64 = 1024;

/// What a file is instead of data: a pointer of git-lfs, a web page, or nothing; `None` for anything
/// else, and for what cannot be read.
pub fn instead(path: &Path) -> Option<&'static str> {
    let mut start = Vec::new();
    let file = files::open(path).ok()?;
    file.take(LOOK).read_to_end(&mut start).ok()?;
    if start.is_empty() {
        return Some("an empty file");
    }
    if is_pointer(&start) {
        return Some(
            "a git-lfs pointer, not the file it points at: `git lfs pull` in its repository gets that",
        );
    }
    is_page(&start).then_some(
        "a web page (HTML), as a sign-in or an error page that was saved under this name",
    )
}

/// Whether a file begins as a pointer of git-lfs.
pub fn is_pointer(start: &[u8]) -> bool {
    start.starts_with(b"version https://git-lfs.github.com/spec/")
}

fn is_page(start: &[u8]) -> bool {
    let start = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start);
    let start = start.trim_ascii_start().to_ascii_lowercase();
    let known: [&[u8]; 3] = [b"<!doctype html", b"<html", b"<head"];
    known.iter().any(|page| start.starts_with(page))
}

/// What some editors put before text in UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_data_is_known_and_data_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let told = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            instead(&path)
        };
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
        assert!(told(pointer).unwrap().contains("git lfs pull"));
        for page in ["<!DOCTYPE html><p>", "\u{feff}\n <HTML lang=en>", "<head>"] {
            assert!(told(page.as_bytes()).unwrap().contains("HTML"), "{page}");
        }
        assert_eq!(told(b""), Some("an empty file"));
        for data in [
            &b"<p> a text"[..],
            b"\0\0\x08\x03",
            b"Source\tTarget\n",
            b"version 1",
        ] {
            assert_eq!(told(data), None);
        }
        assert_eq!(instead(folder.path()), None);
    }
}
