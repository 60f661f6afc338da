use crate::error::TaskError;
use crate::folder::Folder;
use crate::task::{Form, Shape, Task};
use data::{Content, DataDir, DataError, Item};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a task's file provides: its settings, which know how to open it.
pub trait Settings: Serialize + DeserializeOwned {
    const NAME: &'static str;
    /// One line for help texts.
    const ABOUT: &'static str;
    /// Numbers that a pixel of a token is made of: 3 where images are in colour.
    const CHANNELS: usize = 1;

    /// Whether it is known which tokens hold an answer ([`Task::sources`](crate::Task::sources)).
    const KNOWS_SOURCES: bool = false;

    /// Version of what is made of settings and data: raise it when the same of both would give other
    /// examples. It is in the name of every job.
    const VERSION: u32 = 1;

    /// Why no run can use these settings.
    ///
    /// # Errors
    /// A sentence that names the setting.
    fn check(&self) -> Result<(), String>;

    /// Sizes, without touching data.
    ///
    /// # Errors
    /// Where the settings do not go with the form.
    fn shape(&self, form: Form) -> Result<Shape, String>;

    /// Examples of its validation split, where settings tell.
    fn validated(&self) -> Option<usize> {
        None
    }

    /// Examples of its test sets together, as far as settings tell; else 0.
    fn tested(&self) -> usize {
        0
    }

    /// What has to be fetched before the task opens.
    fn data(&self) -> Vec<&'static Item> {
        Vec::new()
    }

    /// A folder of the user's that is read, whether or not it is there.
    fn folder(&self) -> Option<Folder> {
        None
    }

    /// What is read from `data` and from folders that settings name; what is not here is left out.
    ///
    /// # Errors
    /// Where data is damaged or cannot be read.
    fn content(&self, data: &DataDir) -> Result<Vec<Content>, DataError> {
        let found = self.data().into_iter().map(|item| data.content(item));
        found.filter_map(Result::transpose).collect()
    }

    /// The task itself. Reads what is in `data`; fetches nothing.
    ///
    /// # Errors
    /// Where data is missing or damaged.
    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError>;
}

/// A setting that has to lie in a range, for [`Settings::check`].
///
/// # Errors
/// A sentence that names the range.
pub fn within(key: &str, value: usize, least: usize, most: usize) -> Result<(), String> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!(
        "`{key}` is {value}, but has to lie between {least} and {most}"
    ))
}
