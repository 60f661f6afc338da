//! A file that is whole and says what this version does not know is not a damaged one: it is left alone.
//! Told by its form, not by what a parser says of it.

use serde::de::DeserializeOwned;

/// Why this version cannot read a file, in the parser's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Whole, and not as this version writes it.
    Newer(String),
    /// Half a file, or other bytes.
    Damaged(String),
}

/// What a JSON object says.
///
/// # Errors
/// When it says something else, or is none.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unfit> {
    serde_json::from_slice(bytes).map_err(|error| {
        // Half an object is no JSON.
        match serde_json::from_slice::<serde_json::Map<_, _>>(bytes) {
            Ok(_) => Unfit::Newer(error.to_string()),
            Err(_) => Unfit::Damaged(error.to_string()),
        }
    })
}

/// What a file of TOML says that is written with `last` as its last key.
///
/// # Errors
/// When it says something else, or is no whole file.
pub fn from_toml<T: DeserializeOwned>(bytes: &[u8], last: &str) -> Result<T, Unfit> {
    let text = str::from_utf8(bytes).map_err(|error| Unfit::Damaged(error.to_string()))?;
    toml::from_str(text).map_err(|error| {
        let problem = error.message().to_owned();
        // Half a file may be TOML, too, without its end.
        match toml::from_str::<toml::Table>(text) {
            Ok(table) if table.contains_key(last) => Unfit::Newer(problem),
            _ => Unfit::Damaged(problem),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Numbers = BTreeMap<String, BTreeMap<String, u64>>;

    fn kind<T>(read: Result<T, Unfit>) -> &'static str {
        match read {
            Ok(_) => "read",
            Err(Unfit::Newer(_)) => "newer",
            Err(Unfit::Damaged(_)) => "damaged",
        }
    }

    #[test]
    fn half_an_object_is_damaged_and_a_whole_one_that_does_not_fit_is_newer() {
        let json = |text: &str| kind(from_json::<Numbers>(text.as_bytes()));
        assert_eq!(json(r#"{"a": {"b": 1}}"#), "read");
        for text in [r#"{"a": {"b": "one"}}"#, r#"{"a": 1}"#] {
            assert_eq!(json(text), "newer", "{text}");
            for length in 0..text.len() {
                assert_eq!(json(&text[..length]), "damaged", "{length} bytes of {text}");
            }
        }
        assert_eq!(json("[1]"), "damaged");
    }

    /// Whatever it is that does not fit: nothing hangs on the parser's words.
    #[test]
    fn a_table_with_its_end_is_whole() {
        let toml = |text: &str| kind(from_toml::<Numbers>(text.as_bytes(), "end"));
        assert_eq!(toml("[a]\nb = 1\n[end]\nc = 2\n"), "read");
        for text in [
            "[a]\nb = \"one\"\n[end]\nc = 2\n",
            "a = 1\n[end]\nc = 2\n",
            "[a]\nb = 1\n[end]\nc = [2]\n",
        ] {
            assert_eq!(toml(text), "newer", "{text}");
        }
        for text in [
            "a = 1\n",
            "[a]\nb = \"one\"\n",
            "[a]\nb = \"on",
            "PAR1 none",
        ] {
            assert_eq!(toml(text), "damaged", "{text}");
        }
        assert_eq!(kind(from_toml::<Numbers>(b"\xff", "end")), "damaged");
    }
}
