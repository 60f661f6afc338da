//! LRA's `basic_{train,val,test}.tsv`.

use super::expression::{evaluate, parse};
use super::set::{Growing, Set, Splits};
use data::foreign::BYTE_ORDER_MARK;
use data::{Content, DataDir, DataError};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files of a folder: training, validation and test.
fn paths(folder: &Path) -> [PathBuf; 3] {
    ["train", "val", "test"].map(|part| folder.join(format!("basic_{part}.tsv")))
}

/// Reads the three files of a folder; expressions of the test set are taken out of the other two,
/// those of the validation set out of the training set. Also gives the files' checksum.
pub(super) fn read(folder: &Path) -> Result<(Splits, Option<String>), DataError> {
    let mut checksum = blake3::Hasher::new();
    let [train, validation, test] = paths(folder).map(|path| file(&path, &mut checksum));
    let (train, validation, test) = (train?, validation?, test?);
    let known: HashSet<&[u8]> = test.iter().map(|(words, _)| words).collect();
    let validation = validation.without(&known);
    let known = known
        .into_iter()
        .chain(validation.iter().map(|(words, _)| words))
        .collect();
    let train = train.without(&known);
    for (set, part) in [(&train, "train"), (&validation, "val"), (&test, "test")] {
        if set.len() == 0 {
            return Err(DataError::Damaged {
                path: folder.join(format!("basic_{part}.tsv")),
                expected: "expressions that the other files do not hold".to_owned(),
                found: "none".to_owned(),
                way_out: "get the three files of one LRA release again".to_owned(),
            });
        }
    }
    drop(known);
    Ok((
        Splits {
            train,
            validation,
            test,
        },
        Some(checksum.finalize().to_hex().to_string()),
    ))
}

/// What the three files say.
pub(super) fn content(folder: &Path, data: &DataDir) -> Result<Content, DataError> {
    let paths = paths(folder);
    paths.iter().try_for_each(|path| present(path))?;
    Content::of_folder("folder", folder, &paths, data)
}

/// Refuses a file that is not there.
fn present(path: &Path) -> Result<(), DataError> {
    if path.try_exists().map_err(DataError::io("look at", path))? {
        return Ok(());
    }
    Err(DataError::MissingData {
        item: "listops".to_owned(),
        tried: vec![format!("folder: no file {}", path.display())],
        way_out: "put LRA's basic_train.tsv, basic_val.tsv and basic_test.tsv there, or leave \
                  `folder` out to generate expressions"
            .to_owned(),
    })
}

fn file(path: &Path, checksum: &mut blake3::Hasher) -> Result<Set, DataError> {
    present(path)?;
    let bytes = files::bytes(path).map_err(DataError::io("read", path))?;
    checksum.update(&(bytes.len() as u64).to_le_bytes());
    checksum.update(&bytes);
    let mut set = Growing::default();
    lines(&bytes, &mut set).map_err(|(line, reason)| DataError::row(path, line, reason))?;
    Ok(set.finish())
}

/// Rows as spreadsheets and pandas write them, too: behind a byte-order mark, with or without a header,
/// fields in quotes, lines of any system, blank ones between or after them. An error has its line.
fn lines(bytes: &[u8], set: &mut Growing) -> Result<(), (usize, String)> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err((1, "the file is UTF-16: save it as UTF-8".to_owned()));
    }
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let text = String::from_utf8_lossy(text);
    let filled = |(_, line): &(usize, &str)| !line.trim().is_empty();
    for (place, (number, line)) in text.lines().enumerate().filter(filled).enumerate() {
        if place == 0 && is_header(line) {
            continue;
        }
        row(line, set).map_err(|reason| (number + 1, reason))?;
    }
    Ok(())
}

fn is_header(line: &str) -> bool {
    line.split('\t').map(field).eq(["Source", "Target"])
}

/// A field without the quotes around it.
fn field(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text)
}

fn row(line: &str, set: &mut Growing) -> Result<(), String> {
    let (source, target) = line.split_once('\t').ok_or(
        "expected an expression, a tab and its value, or in the first line the columns `Source` and `Target`",
    )?;
    let words = parse(field(source))?;
    let value = evaluate(&words)?;
    let target = field(target);
    if target.parse() != Ok(value) {
        return Err(format!("the value is given as `{target}`, but is {value}"));
    }
    set.push(&words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;
    use std::fs;

    const HEADER: &str = "Source\tTarget\n";

    fn folder(train: &str, val: &str, test: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (part, text) in [("train", train), ("val", val), ("test", test)] {
            let path = folder.path().join(format!("basic_{part}.tsv"));
            fs::write(path, format!("{HEADER}{text}")).unwrap();
        }
        folder
    }

    const ROWS: [&str; 3] = [
        "( ( ( [MAX 2 ) 9 ) ] )\t9\n",
        "( ( ( [MIN ( ( ( [SM 7 ) 8 ) ] ) ) 6 ) ] )\t5\n",
        "( ( ( [MED 2 ) 9 ) ] )\t5\n",
    ];

    #[test]
    fn reads_the_nested_form_and_keeps_the_splits_apart() {
        let all = ROWS.concat();
        let folder = folder(&all, &ROWS[1..].concat(), ROWS[2]);
        let (splits, checksum) = read(folder.path()).unwrap();
        assert_eq!(
            [&splits.train, &splits.validation, &splits.test].map(Set::len),
            [1, 1, 1]
        );
        assert_eq!(splits.train.words(0), [11, 2, 9, 14]);
        assert!(checksum.is_some());
    }

    #[test]
    fn a_bad_row_is_named_by_file_and_line() {
        for bad in [
            "[MAX 2 9 ]\t8\n",
            "[MAX 2 9\t9\n",
            "[MAX 2 x ]\t2\n",
            "no tab\n",
            "Source\tTarget\n",
            "[MAX 2 9 ]\t9\t9\n",
        ] {
            let folder = folder(&format!("{}{bad}", ROWS[0]), ROWS[1], ROWS[2]);
            let error = read(folder.path()).err().unwrap().to_string();
            assert!(error.contains("basic_train.tsv:3: "), "{error}");
        }
    }

    /// What spreadsheets, editors and pandas make of one file.
    #[test]
    fn every_way_to_write_the_same_rows_is_read() {
        let set = |text: &[u8]| {
            let mut set = Growing::default();
            lines(text, &mut set).unwrap();
            set.finish()
        };
        let plain = format!("{HEADER}{}", ROWS.concat());
        let expected = set(plain.as_bytes());
        assert_eq!(expected.len(), 3);
        let quoted: String = ROWS
            .iter()
            .map(|row| row.trim().replace('\t', "\"\t\""))
            .map(|row| format!("\"{row}\"\n"))
            .collect();
        let forms = [
            plain.clone(),
            ROWS.concat(),
            format!("\"Source\"\t\"Target\"\n{quoted}"),
            quoted,
        ];
        for form in forms {
            for end in ["\n", "\r\n", "\n\n", "\n \r\n"] {
                let text = form.replace('\n', end);
                for text in [text.trim_end().to_owned(), format!("{text}\n\t\n\n"), text] {
                    for mark in ["", "\u{feff}"] {
                        let found = set(format!("{mark}{text}").as_bytes());
                        assert!(found.iter().eq(expected.iter()), "{mark}{text:?}");
                    }
                }
            }
        }
        let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = [&b"\xff\xfe"[..], &wide].concat();
        let (_, reason) = lines(&wide, &mut Growing::default()).unwrap_err();
        assert!(reason.contains("UTF-16"));
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let text = format!("\u{feff}{HEADER}\r\n\n{}no tab\n", ROWS[0]);
        let error = lines(text.as_bytes(), &mut Growing::default());
        assert_eq!(error.unwrap_err().0, 5);
    }

    #[test]
    fn what_is_no_table_is_said_for_what_it_is() {
        for (text, said) in [
            (
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
                "git lfs pull",
            ),
            ("<!doctype html>\n<title>Sign in</title>", "a web page"),
        ] {
            let folder = folder(ROWS[0], ROWS[1], ROWS[2]);
            let path = folder.path().join("basic_test.tsv");
            fs::write(&path, text).unwrap();
            let error = read(folder.path()).err().unwrap().to_string();
            assert!(
                error.contains("basic_test.tsv") && error.contains(said),
                "{error}"
            );
            // A folder in a file's place is there, and cannot be read.
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            let error = read(folder.path()).err().unwrap();
            assert!(
                !error.is_missing() && error.to_string().contains("basic_test.tsv"),
                "{error}"
            );
        }
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let row = "( ( ( [MIN ( ( ( [SM 7 ) 8 ) ] ) ) 6 ) ] )\t5\n";
        let folder = folder(ROWS[0], ROWS[1], ROWS[2]);
        let path = folder.path().join("basic_train.tsv");
        let whole = format!("{HEADER}{}{row}", ROWS[0]);
        damaged(whole.as_bytes(), |bytes| {
            fs::write(&path, bytes).unwrap();
            if let Err(error) = read(folder.path()) {
                assert!(error.to_string().contains("basic_"), "{error}");
            }
        });
    }

    #[test]
    fn missing_files_are_missing_data() {
        let error = read(Path::new("nowhere")).err().unwrap();
        assert!(matches!(error, DataError::MissingData { .. }), "{error}");
    }
}
