//! The rows for programs: every field, full precision.

use super::row::ClaimRow;
use ::csv::Writer;

/// A line a claim under the names of its fields; nothing at all without rows.
pub fn csv(rows: &[ClaimRow]) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    for row in rows {
        // Memory takes every byte, and a row is flat.
        let _ = writer.serialize(row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// An array of objects.
pub fn json(rows: &[ClaimRow]) -> String {
    // Strings and numbers always have a form.
    let text = serde_json::to_string_pretty(rows).unwrap_or_default();
    text + "\n"
}
