use super::iupac;
use super::set::Set;
use super::task::{Parts, ProteinTask, shape};
use crate::error::TaskError;
use crate::settings::{Settings, within};
use crate::task::{Form, Shape, Task};
use data::items::HOMOLOGY;
use data::proteins::tape;
use data::{DataDir, DataError, Item};
use serde::{Deserialize, Serialize};
use std::path::Path;

const NAME: &str = "homology";

/// Outputs of the official code; there are [`tape::FOLDS`] folds.
const PAPER_CLASSES: usize = 1200;

/// The last training examples that the paper form's curve looks at.
const HELD_OUT: usize = 700;

/// Remote homology (section 2.1): the fold of a protein out of 1,195, from TAPE's files.
///
/// The official code tested on the split meant for validation and left out proteins that do not fit
/// into `tokens` (it left out whole batches; here only the protein itself); it padded each batch of like lengths to
/// its longest, here all are padded to `tokens`. The fair form validates on that split and tests on the
/// three holdouts: of folds, of superfamilies, of families.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Homology {
    /// Sequence length that the body sees: residues and two marks.
    tokens: usize,
}

impl Default for Homology {
    fn default() -> Self {
        Self { tokens: 1024 }
    }
}

impl Settings for Homology {
    const NAME: &'static str = NAME;
    const ABOUT: &'static str = "fold of a protein (TAPE's remote homology)";

    fn check(&self) -> Result<(), String> {
        within("tokens", self.tokens, iupac::MARKS + 1, 100_000)
    }

    fn shape(&self, form: Form) -> Result<Shape, String> {
        let classes = match form {
            Form::Paper => PAPER_CLASSES,
            Form::Fair => tape::FOLDS,
        };
        Ok(shape(self.tokens, classes))
    }

    fn data(&self) -> Vec<&'static Item> {
        vec![&HOMOLOGY]
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let folder = data.verified(&HOMOLOGY)?;
        let read = |split| proteins(&folder, split);
        let mut train = read("train")?;
        let valid = read("valid")?;
        let holdouts = [
            read("test_fold_holdout")?,
            read("test_superfamily_holdout")?,
            read("test_family_holdout")?,
        ];
        let parts = match form {
            Form::Paper => Parts {
                held_out: HELD_OUT.min(train.len()),
                train,
                tests: std::iter::once(valid).chain(holdouts).collect(),
                names: &[
                    "valid",
                    "fold-holdout",
                    "superfamily-holdout",
                    "family-holdout",
                ],
            },
            Form::Fair => {
                train.append(&valid);
                Parts {
                    train,
                    held_out: valid.len(),
                    tests: holdouts.into(),
                    names: &["fold-holdout", "superfamily-holdout", "family-holdout"],
                }
            }
        };
        Ok(Box::new(ProteinTask::new(NAME, shape, form, parts)?))
    }
}

/// The proteins of a split and their folds.
fn proteins(folder: &Path, split: &str) -> Result<Set, DataError> {
    let mut set = Set::default();
    tape::read(folder, split, |letters, fold| set.push(letters, fold))?;
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_no_residues_are_named_with_file_and_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("remote_homology_valid.json");
        let read = |record: &str| {
            let good = r#"{"primary": "MKV", "fold_label": 1194}"#;
            std::fs::write(&path, format!("[{good}, {record}]")).unwrap();
            proteins(folder.path(), "valid")
        };
        let two = read(r#"{"primary": "AC", "fold_label": 0}"#).unwrap();
        assert_eq!((two.len(), two.label(0)), (2, 1194));
        for (letters, named) in [
            ("MkV", "`k` at residue 2"),
            ("MJ", "`J` at residue 2"),
            ("*", "`*`"),
            ("A-", "`-`"),
            ("", "none"),
        ] {
            let error = read(&format!(r#"{{"primary": "{letters}", "fold_label": 0}}"#));
            let error = error.unwrap_err().to_string();
            for part in [
                "remote_homology_valid.json",
                "record 2",
                named,
                "fpt fetch homology",
            ] {
                assert!(error.contains(part), "{error}");
            }
        }
    }
}
