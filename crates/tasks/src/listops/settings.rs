use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub(super) const NAME: &str = "listops";

/// ListOps (section 2.1). The defaults are LRA's; smaller values make the task fit small bodies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct ListOps {
    /// Sequence length that the body sees.
    pub tokens: usize,
    /// Words of an expression, closing marks included, are more than this.
    pub min_length: usize,
    /// And fewer than this.
    pub max_length: usize,
    /// Level at which every node is a digit; the outermost list is level 1.
    pub max_depth: usize,
    /// Most arguments of an operator; the fewest are 2.
    pub max_args: usize,
    pub train_examples: usize,
    pub validation_examples: usize,
    pub test_examples: usize,
    /// Folder with LRA's `basic_train.tsv`, `basic_val.tsv` and `basic_test.tsv`, read instead of
    /// generating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl Default for ListOps {
    fn default() -> Self {
        Self {
            tokens: 512,
            min_length: 500,
            max_length: 2000,
            max_depth: 10,
            max_args: 10,
            train_examples: 96_000,
            validation_examples: 2000,
            test_examples: 2000,
            folder: None,
        }
    }
}

impl ListOps {
    /// What decides which expressions there are.
    pub fn drawn(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{}", folder.display()),
            None => format!(
                "{:?}",
                Self {
                    tokens: 0,
                    ..self.clone()
                }
            ),
        }
    }
}
