use super::{Opened, iupac, shape, tape};
use crate::data::{DataDir, HOMOLOGY, Item};
use crate::error::TaskError;
use crate::registry::{Settings, within};
use crate::task::{Form, Shape, Task};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "homology";

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
        let read = |split| tape::read(&folder, split);
        let mut train = read("train")?;
        let valid = read("valid")?;
        let holdouts = [
            read("test_fold_holdout")?,
            read("test_superfamily_holdout")?,
            read("test_family_holdout")?,
        ];
        let opened = match form {
            Form::Paper => Opened {
                held_out: HELD_OUT.min(train.len()),
                tests: std::iter::once(valid).chain(holdouts).collect(),
                names: &[
                    "valid",
                    "fold-holdout",
                    "superfamily-holdout",
                    "family-holdout",
                ],
                ..Opened::new(shape, form, train)
            },
            Form::Fair => {
                train.append(&valid);
                Opened {
                    held_out: valid.len(),
                    tests: holdouts.into(),
                    names: &["fold-holdout", "superfamily-holdout", "family-holdout"],
                    ..Opened::new(shape, form, train)
                }
            }
        };
        Ok(Box::new(opened.ready(NAME)?))
    }
}
