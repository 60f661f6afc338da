//! ListOps (Nangia and Bowman, 2018) as the Long Range Arena poses it: evaluate a nested list
//! expression such as `[MAX 2 9 [MIN 4 7 ] 0 ]`.

mod cached;
mod encode;
mod expression;
mod floor;
mod generate;
mod set;
mod settings;
mod table;
mod task;

pub(crate) use settings::ListOps;

use crate::error::TaskError;
use crate::folder::Folder;
use crate::order::EpochOrder;
use crate::settings::{Settings, within};
use crate::task::{Form, Inputs, Readout, Shape, Task};
use data::{Content, DataDir, DataError};
use encode::vocabulary;
use settings::NAME;
use task::ListOpsTask;

impl Settings for ListOps {
    const NAME: &'static str = NAME;
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

    fn validated(&self) -> Option<usize> {
        self.folder.is_none().then_some(self.validation_examples)
    }

    fn tested(&self) -> usize {
        self.test_examples
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
        Ok(Shape {
            tokens: self.tokens,
            inputs: Inputs::Tokens {
                vocabulary: vocabulary(form),
            },
            readout: Readout {
                positions: 1,
                predictions: 1,
                classes: 10,
            },
        })
    }

    fn folder(&self) -> Option<Folder> {
        Some(Folder {
            key: "folder",
            path: self.folder.clone()?,
        })
    }

    fn content(&self, data: &DataDir) -> Result<Vec<Content>, DataError> {
        match self
            .folder
            .as_deref()
            .map(|folder| table::content(folder, data))
        {
            Some(Err(error)) if error.is_missing() => Ok(Vec::new()),
            found => Ok(found.transpose()?.into_iter().collect()),
        }
    }

    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError> {
        let (splits, checksum, note) = cached::splits(&self, data)?;
        let longest = [&splits.train, &splits.validation, &splits.test]
            .map(|set| set.longest())
            .into_iter()
            .max();
        let longest = longest.unwrap_or(0);
        if form == Form::Fair && longest > shape.tokens {
            return Err(TaskError::Settings {
                task: NAME,
                reason: format!(
                    "form `fair` shows whole expressions, but one{} has {longest} words and `tokens` is {}: make it \
                     at least {longest}, or read the first words alone under a protocol of form `paper`",
                    self.folder
                        .as_ref()
                        .map_or(String::new(), |folder| format!(" in {}", folder.display())),
                    shape.tokens
                ),
            });
        }
        let order = EpochOrder::new(splits.train.len());
        Ok(Box::new(ListOpsTask {
            shape,
            form,
            splits,
            order,
            checksum,
            note,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::expression::CLOSE;
    use super::*;
    use crate::entry::Entry;
    use crate::task::Split;
    use toml::toml;

    const LISTOPS: Entry = Entry::of::<ListOps>();

    #[test]
    fn every_seed_sees_the_same_splits_and_its_own_order() {
        let settings = toml! {
            max-depth = 3
            max-args = 4
            min-length = 2
            max-length = 33
            tokens = 32
            train-examples = 3000
            validation-examples = 200
            test-examples = 500
        };
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::new(root.path());
        let task = (LISTOPS.open)(&settings, Form::Fair, &data).unwrap();
        assert_eq!(task.len(Split::Test(0)), 500);
        let test = task.examples(Split::Test(0), 0..500);
        assert!(
            test.ids
                .chunks(32)
                .all(|ids| ids[31] == u32::from(CLOSE) + 1)
        );
        let again = (LISTOPS.open)(&settings, Form::Fair, &data).unwrap();
        assert_eq!(test, again.examples(Split::Test(0), 0..500));
        assert_eq!(task.batch(1, 9, 16), again.batch(1, 9, 16));
        assert_ne!(task.batch(1, 9, 16), task.batch(2, 9, 16));

        // A training example is the same numbers in whichever batch it is.
        let stored = task.stored().unwrap();
        let (together, mut one_by_one) = (stored.gather(&[7, 2999]), stored.gather(&[7]));
        one_by_one.append(stored.gather(&[2999]));
        assert_eq!(together, one_by_one);
        assert_eq!(stored.count(), 3000);

        let seen: std::collections::HashSet<&[u32]> = test.ids.chunks(32).collect();
        let train = task.batch(1, 0, 3000);
        assert!(train.ids.chunks(32).all(|ids| !seen.contains(ids)));
        let floors = task.floors(0);
        assert!(
            floors
                .iter()
                .all(|floor| floor.accuracy > 0.1 && floor.accuracy < 0.9),
            "{floors:?}"
        );
    }

    #[test]
    fn the_fair_form_refuses_to_cut() {
        let error = (LISTOPS.shape)(&toml! { tokens = 512 }, Form::Fair).unwrap_err();
        assert!(error.to_string().contains("max-length"), "{error}");
        let paper = (LISTOPS.shape)(&toml::Table::new(), Form::Paper).unwrap();
        assert_eq!(paper.tokens, 512);
        assert_eq!(paper.inputs, Inputs::Tokens { vocabulary: 15 });
    }
}
