use super::{Opened, bad, kept, shape};
use crate::data::DataDir;
use crate::error::TaskError;
use crate::order::EpochOrder;
use crate::registry::{Settings, within};
use crate::task::{Form, Shape, Task};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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

impl Settings for ListOps {
    const NAME: &'static str = "listops";
    const ABOUT: &'static str = "evaluate nested list expressions (generated, or LRA's files)";

    fn check(&self) -> Result<(), String> {
        within("tokens", self.tokens, 2, 100_000)?;
        within("max-length", self.max_length, 5, 100_000)?;
        within("min-length", self.min_length, 1, self.max_length - 2)?;
        within("max-depth", self.max_depth, 2, 100)?;
        within("max-args", self.max_args, 2, 1000)?;
        within("train-examples", self.train_examples, 1, 10_000_000)?;
        within(
            "validation-examples",
            self.validation_examples,
            1,
            1_000_000,
        )?;
        within("test-examples", self.test_examples, 1, 1_000_000)
    }

    fn shape(&self, form: Form) -> Result<Shape, String> {
        if form == Form::Fair && self.folder.is_none() && self.max_length - 1 > self.tokens {
            let Self {
                tokens, max_length, ..
            } = self;
            return Err(format!(
                "form `fair` shows whole expressions, but `max-length` = {max_length} does not \
                 fit into `tokens` = {tokens}: make `max-length` at most {}",
                tokens + 1
            ));
        }
        Ok(shape(self.tokens, form))
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let (splits, checksum, note) = kept::splits(&self, data)?;
        let longest = [&splits.train, &splits.validation, &splits.test]
            .map(|set| set.longest())
            .into_iter()
            .max();
        let longest = longest.unwrap_or(0);
        if form == Form::Fair && longest > shape.tokens {
            return Err(bad(format!(
                "form `fair` shows whole expressions, but one has {longest} words and `tokens` is {}",
                shape.tokens
            )));
        }
        let order = EpochOrder::new(splits.train.len());
        Ok(Box::new(Opened {
            shape,
            form,
            splits,
            order,
            checksum,
            note,
        }))
    }
}
