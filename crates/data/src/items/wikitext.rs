use crate::error::DataError;
use crate::formats::hub_parquet::{make, rows, unreadable};
use crate::item::{Item, Reads, Source};
use parquet::record::RowAccessor;
use std::io::Write;
use std::path::{Path, PathBuf};

const SPLITS: [&str; 3] = ["train.txt", "validation.txt", "test.txt"];

/// WikiText-2: articles of Wikipedia, in its own three splits.
pub static WIKITEXT: Item = Item {
    name: "wikitext",
    layouts: &[&SPLITS],
    bytes: 7_800_000,
    reads: Reads::Files,
    published: None,
    licence: "CC BY-SA 3.0",
    citation: "S. Merity et al.: Pointer Sentinel Mixture Models, 2016 (WikiText-2, raw)",
    sources: &[Source::Hub {
        owner: "Salesforce",
        name: "wikitext",
        files: &[
            "wikitext-2-raw-v1/train-00000-of-00001.parquet",
            "wikitext-2-raw-v1/validation-00000-of-00001.parquet",
            "wikitext-2-raw-v1/test-00000-of-00001.parquet",
        ],
        convert: text_columns,
    }],
};

/// Joins the `text` column of each file, a line a row, into the split's text file.
fn text_columns(files: &[PathBuf], into: &Path) -> Result<(), DataError> {
    for (path, name) in files.iter().zip(SPLITS) {
        let target = into.join(name);
        make(&target, |out| {
            rows(path, |row| {
                let text = row
                    .get_string(0)
                    .map_err(|error| unreadable(path, &error.to_string()))?;
                out.write_all(text.as_bytes())
                    .map_err(DataError::io("write", &target))
            })
        })?;
    }
    Ok(())
}
