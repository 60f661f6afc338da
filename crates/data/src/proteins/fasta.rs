//! FASTA: a header line that begins with `>`, then lines of residues.

use super::letters::residue;
use crate::error::DataError;
use crate::formats::text;
use crate::present::path_of;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

/// Longest line, in bytes.
const LINE: u64 = 1 << 20;

/// A protein as it stands in the file.
#[derive(Debug, PartialEq)]
pub struct Record {
    /// Line of the header, from 1.
    pub line: usize,
    /// Without the `>`.
    pub header: String,
    pub residues: Vec<u8>,
}

/// Calls `each` on every record of a file in a folder, raw or with `.gz`; gives the file's path.
///
/// # Errors
/// [`DataError::Row`] with the line of what is none, or of the header that `each` refuses.
pub fn read(
    folder: &Path,
    file: &str,
    each: impl FnMut(Record) -> Result<(), String>,
) -> Result<PathBuf, DataError> {
    let path = path_of(folder, file);
    match records(text::open(&path)?, each) {
        Ok(()) => Ok(path),
        Err((line, reason)) => Err(DataError::row(&path, line, reason)),
    }
}

/// An error has the line it is on.
fn records(
    mut input: impl BufRead,
    mut each: impl FnMut(Record) -> Result<(), String>,
) -> Result<(), (usize, String)> {
    let mut record: Option<Record> = None;
    let mut bytes = Vec::new();
    let mut done = |record: Record| match record.residues.is_empty() {
        true => Err((record.line, "no residues follow this header".to_owned())),
        false => {
            let line = record.line;
            each(record).map_err(|reason| (line, reason))
        }
    };
    for line in 1.. {
        bytes.clear();
        let read = input.by_ref().take(LINE + 1).read_until(b'\n', &mut bytes);
        match read.map_err(|error| (line, format!("cannot be read: {error}")))? {
            0 => break,
            length if length as u64 > LINE => {
                return Err((line, format!("a line of more than {LINE} bytes")));
            }
            _ => {}
        }
        let text = bytes.trim_ascii_end();
        if let Some(header) = text.strip_prefix(b">") {
            let header = std::str::from_utf8(header)
                .map_err(|_| (line, "a header that is not UTF-8".to_owned()))?
                .to_owned();
            let next = Record {
                line,
                header,
                residues: Vec::new(),
            };
            if let Some(whole) = record.replace(next) {
                done(whole)?;
            }
        } else if let Some(record) = &mut record {
            if let Some(letter) = text.iter().find(|letter| residue(**letter).is_none()) {
                let letter = letter.escape_ascii();
                return Err((
                    line,
                    format!("`{letter}` is no residue: expected letters A to Z without J"),
                ));
            }
            record.residues.extend_from_slice(text);
        } else if !text.is_empty() {
            return Err((line, "expected a header, which begins with `>`".to_owned()));
        }
    }
    record.map_or(Ok(()), done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;

    const VALID: &[u8] =
        b">sp|P1|A_B Some protein OS=Some thing\nMKV\nAC\n\n>tr|Q2 Other\r\nWY\r\n";

    fn read(bytes: &[u8]) -> Result<Vec<Record>, (usize, String)> {
        let mut all = Vec::new();
        records(bytes, |record| {
            all.push(record);
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn records_run_over_lines() {
        let found = read(VALID).unwrap();
        let parts: Vec<_> = found
            .iter()
            .map(|r| (r.line, &*r.header, &*r.residues))
            .collect();
        assert_eq!(
            parts[0],
            (1, "sp|P1|A_B Some protein OS=Some thing", &b"MKVAC"[..])
        );
        assert_eq!(parts[1], (5, "tr|Q2 Other", &b"WY"[..]));
        assert_eq!(read(b"").unwrap(), []);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line, named) in [
            (&b"MKV\n"[..], 1, "a header"),
            (b">a\nMK\nMkV\n", 3, "`k` is no residue"),
            (b">a\nMK*\n", 2, "`*`"),
            (b">a\nMJ\n", 2, "`J`"),
            (b">a\n>b\nMK\n", 1, "no residues"),
            (b">a\nMK\n>b\n", 3, "no residues"),
            (b">\xff\nMK\n", 1, "UTF-8"),
        ] {
            let (at, reason) = read(text).unwrap_err();
            assert!(at == line && reason.contains(named), "{at}: {reason}");
        }
        let long = vec![b'A'; LINE as usize + 1];
        assert!(
            read(&[b">a\n", &*long].concat())
                .unwrap_err()
                .1
                .contains("a line of more")
        );
    }

    #[test]
    fn damaged_files_are_errors_or_records() {
        damaged(VALID, |bytes| drop(read(bytes)));
    }
}
