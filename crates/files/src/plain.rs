/// What serde says of a value, without Rust's names of types: `expected a whole number from 0, found "ten"`.
pub fn plain(message: &str) -> String {
    let kinds = ["invalid type: ", "invalid value: "];
    let said = kinds.iter().find_map(|kind| message.strip_prefix(kind));
    match said.and_then(|said| said.rsplit_once(", expected ")) {
        Some((found, expected)) => format!("expected {}, found {}", kind(expected), value(found)),
        None => message
            .replacen("unknown field `", "unknown key `", 1)
            .replacen("unknown variant `", "there is no `", 1)
            .replacen(", there are no fields", ", where there are none", 1)
            .replacen("missing field `", "missing key `", 1),
    }
}

fn kind(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "a nonzero u8" | "a nonzero u16" | "a nonzero u32" | "a nonzero u64"
        | "a nonzero usize" => "a whole number from 1",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "path string" => "text",
        "string or map" => "a name, or a table",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if expected.starts_with("struct ") || expected.contains("tagged enum ") => "a table",
        _ if expected.starts_with("enum ") => "a name, or a table",
        _ if expected.starts_with("a sequence of ") || expected.starts_with("a tuple ") => "a list",
        _ => expected,
    }
}

/// serde names the kind of a value before it: integer `3`, string "three".
fn value(found: &str) -> &str {
    let kinds = ["integer ", "floating point ", "boolean ", "string "];
    match found {
        "map" => "a table",
        "sequence" => "a list",
        _ => kinds
            .iter()
            .find_map(|kind| found.strip_prefix(kind))
            .unwrap_or(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_what_was_expected_are_in_words() {
        for (said, expected) in [
            (
                "invalid type: string \"ten\", expected u64",
                "expected a whole number from 0, found \"ten\"",
            ),
            (
                "invalid value: integer `-3`, expected usize",
                "expected a whole number from 0, found `-3`",
            ),
            (
                "invalid type: sequence, expected f64",
                "expected a number, found a list",
            ),
            (
                "invalid type: map, expected a string",
                "expected text, found a table",
            ),
            (
                "invalid type: boolean `true`, expected struct Recipe",
                "expected a table, found `true`",
            ),
            (
                "unknown field `stepz`, expected `steps`",
                "unknown key `stepz`, expected `steps`",
            ),
            ("missing field `steps`", "missing key `steps`"),
            (
                "unknown variant `lineer`, expected `constant` or `cosine`",
                "there is no `lineer`, expected `constant` or `cosine`",
            ),
            (
                "unknown field `warmup`, there are no fields",
                "unknown key `warmup`, where there are none",
            ),
            (
                "invalid type: string \"cosine\", expected internally tagged enum Schedule",
                "expected a table, found \"cosine\"",
            ),
            ("unclosed string", "unclosed string"),
        ] {
            assert_eq!(plain(said), expected);
        }
    }

    /// As serde says it of the types that files have.
    #[test]
    fn no_type_of_rust_is_left() {
        #[derive(serde::Deserialize, Debug)]
        #[allow(dead_code)]
        struct Record {
            count: Option<u64>,
            size: Option<usize>,
            share: Option<f64>,
            flag: Option<bool>,
            name: Option<String>,
            list: Option<Vec<u32>>,
            least: Option<std::num::NonZeroUsize>,
        }
        let names = [
            "u64", "u32", "usize", "f64", "bool", "string", "sequence", "map", "struct",
        ];
        for key in ["count", "size", "share", "flag", "name", "list", "least"] {
            for value in [
                "\"x\"",
                "-1",
                "0.5",
                "true",
                "[1]",
                "[\"x\"]",
                "{ a = 1 }",
                "0",
            ] {
                let Err(error) = toml::from_str::<Record>(&format!("{key} = {value}")) else {
                    continue;
                };
                let message = plain(error.message());
                let words = message.split(|letter: char| !letter.is_alphanumeric());
                assert!(
                    !words.into_iter().any(|word| names.contains(&word)),
                    "{message}"
                );
            }
        }
    }
}
