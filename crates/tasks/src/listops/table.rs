//! LRA's `basic_{train,val,test}.tsv`.

use super::expression::{evaluate, parse};
use super::set::{Growing, Set, Splits};
use data::{Content, DataDir, DataError};
use std::collections::HashSet;
use std::fs;
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
    if path.exists() {
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
    let text = fs::read(path).map_err(DataError::io("read", path))?;
    checksum.update(&(text.len() as u64).to_le_bytes());
    checksum.update(&text);
    let text = String::from_utf8_lossy(&text);
    let mut set = Growing::default();
    for (number, line) in text.lines().enumerate() {
        let outcome = if number == 0 {
            header(line)
        } else {
            row(line, &mut set)
        };
        outcome.map_err(|reason| DataError::Row {
            path: path.to_owned(),
            line: number + 1,
            reason,
        })?;
    }
    Ok(set.finish())
}

fn header(line: &str) -> Result<(), String> {
    if line.split('\t').map(str::trim).eq(["Source", "Target"]) {
        return Ok(());
    }
    Err("the first line has to name the columns `Source` and `Target`, tab between them".to_owned())
}

fn row(line: &str, set: &mut Growing) -> Result<(), String> {
    let (source, target) = line
        .split_once('\t')
        .ok_or("expected an expression, a tab and its value")?;
    let words = parse(source)?;
    let value = evaluate(&words)?;
    if target.trim().parse() != Ok(value) {
        return Err(format!(
            "the value is given as `{}`, but is {value}",
            target.trim()
        ));
    }
    set.push(&words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;

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
            "\n",
        ] {
            let folder = folder(&format!("{}{bad}", ROWS[0]), ROWS[1], ROWS[2]);
            let error = read(folder.path()).err().unwrap().to_string();
            assert!(error.contains("basic_train.tsv:3: "), "{error}");
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
