//! TAPE's JSON: a list of objects, one a protein.

use crate::error::Mismatch;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::io::BufRead;

/// What is needed of an object; the rest is skipped, and never held.
#[derive(Deserialize)]
struct Record {
    primary: String,
    fold_label: u32,
}

/// Calls `each` with the number (from 1), the sequence and the fold of every object.
pub(super) fn records(
    input: impl BufRead,
    each: impl FnMut(usize, &str, u32) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let mut refused = None;
    let mut json = serde_json::Deserializer::from_reader(input);
    let list = List {
        each,
        refused: &mut refused,
    };
    let outcome = list.deserialize(&mut json).and_then(|()| json.end());
    match (refused, outcome) {
        (Some(mismatch), _) => Err(mismatch),
        (None, outcome) => outcome.map_err(|error| {
            let expected = "a list of objects with `primary` and `fold_label`";
            Mismatch::new(expected, error.to_string())
        }),
    }
}

struct List<'a, F> {
    each: F,
    /// Why `each` wanted no more.
    refused: &'a mut Option<Mismatch>,
}

impl<'de, F: FnMut(usize, &str, u32) -> Result<(), Mismatch>> DeserializeSeed<'de> for List<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(usize, &str, u32) -> Result<(), Mismatch>> Visitor<'de> for List<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a list of proteins")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let mut number = 1;
        while let Some(record) = list
            .next_element::<Record>()
            .map_err(|error| A::Error::custom(format_args!("in record {number}: {error}")))?
        {
            if let Err(mismatch) = (self.each)(number, &record.primary, record.fold_label) {
                *self.refused = Some(mismatch);
                return Err(A::Error::custom("refused"));
            }
            number += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;

    const VALID: &[u8] = br#"[{"primary": "MKV", "fold_label": 3, "id": "d1", "evolutionary":
        [[0.5, -1e3], [1, 2]]}, {"fold_label": 1194, "primary": "AC\u0044", "x": {"y": null}}]"#;

    fn read(bytes: &[u8]) -> Result<Vec<(String, u32)>, Mismatch> {
        let mut all = Vec::new();
        records(bytes, |_, primary, fold| {
            all.push((primary.to_owned(), fold));
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn objects_are_read_and_what_is_not_needed_is_skipped() {
        assert_eq!(
            read(VALID).unwrap(),
            [("MKV".to_owned(), 3), ("ACD".to_owned(), 1194)]
        );
        assert_eq!(read(b"[]").unwrap(), []);
    }

    #[test]
    fn errors_name_the_record() {
        for (text, named) in [
            (
                r#"[{"primary": "M", "fold_label": 3}, {"primary": "M"}]"#,
                "record 2: missing field `fold_label`",
            ),
            (r#"[{"primary": "M", "fold_label": -3}]"#, "record 1"),
            (r#"[{"primary": 5, "fold_label": 3}]"#, "record 1"),
            (r#"[{"primary": "M", "fold_label": 3}"#, "EOF"),
            (r"{}", "a list of proteins"),
            ("[] []", "trailing"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.found.contains(named), "{error:?}");
        }
        let error = records(VALID, |number, _, _| match number {
            1 => Ok(()),
            _ => Err(Mismatch::new("one", number.to_string())),
        });
        assert_eq!(error, Err(Mismatch::new("one", "2")));
    }

    #[test]
    fn damaged_files_are_errors_or_records() {
        damaged(VALID, |bytes| drop(read(bytes)));
        let deep = "[".repeat(1 << 20);
        assert!(read(deep.as_bytes()).is_err());
        let deep = format!(r#"[{{"x": {deep}"#);
        assert!(read(deep.as_bytes()).is_err());
    }
}
