//! JSON files as they come with checkpoints: as Python writes them, and as editors leave them.

use crate::mistaken::mistaken;
use serde_json::{Map, Value};
use std::io::Read;
use std::path::Path;

/// The object in a file of at most `longest` bytes. NaN and the infinities, which Python writes and
/// JSON does not have, are read as text of that name: where a number is wanted, that is an error.
///
/// # Errors
/// A sentence on what the file is instead.
pub(crate) fn object(path: &Path, longest: u64) -> Result<Map<String, Value>, String> {
    let said = |error: std::io::Error| error.to_string();
    let mut file = files::open(path).map_err(said)?;
    let length = file.metadata().map_err(said)?.len();
    if length > longest {
        return Err(format!("{length} bytes; such a file has at most {longest}"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(said)?;
    match serde_json::from_str(&plain(text(&bytes)?)) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("its JSON is no object of fields, `{…}`".to_owned()),
        Err(error) => Err(format!("its JSON cannot be read: {error}")),
    }
}

/// The text of a file, without a byte-order mark.
fn text(bytes: &[u8]) -> Result<&str, String> {
    if let Some(what) = mistaken(bytes) {
        return Err(what);
    }
    let wide = |pair: &[u8]| pair == [0xFF, 0xFE] || pair == [0xFE, 0xFF] || pair.contains(&0);
    if bytes.get(..2).is_some_and(wide) {
        return Err("its text is UTF-16; save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        format!("its text is not UTF-8 (byte {at}); save it as UTF-8")
    })
}

/// The text with quotes around what Python writes for numbers that JSON does not have.
fn plain(text: &str) -> String {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    let mut plain = String::with_capacity(text.len());
    let (mut rest, mut quoted) = (text, false);
    while let Some(next) = rest.chars().next() {
        let word = WORDS.into_iter().find(|word| rest.starts_with(word));
        let taken = match (quoted, word, next) {
            (true, _, '\\') => rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at),
            (false, Some(word), _) => {
                plain.extend(["\"", word, "\""]);
                rest = &rest[word.len()..];
                continue;
            }
            _ => next.len_utf8(),
        };
        quoted ^= next == '"';
        plain.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_are_quoted_where_they_are_values_and_left_alone_in_texts() {
        for (python, json) in [
            (r#"{"a": NaN}"#, r#"{"a": "NaN"}"#),
            (r#"[-Infinity,Infinity]"#, r#"["-Infinity","Infinity"]"#),
            (r#"{"NaN": "a NaN"}"#, r#"{"NaN": "a NaN"}"#),
            (r#"{"a\"": "\\", "é": NaN}"#, r#"{"a\"": "\\", "é": "NaN"}"#),
            (r#"{"a": "\"#, r#"{"a": "\"#),
        ] {
            assert_eq!(plain(python), json);
        }
    }
}
