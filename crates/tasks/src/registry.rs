use crate::data::{DataDir, Item};
use crate::error::TaskError;
use crate::task::{Form, Shape, Task};
use crate::{bit_memory, bit_xor, images, listops, proteins, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

/// How a task is opened.
pub type Open = fn(&Table, Form, &DataDir) -> Result<Box<dyn Task>, TaskError>;

/// A task as the registry knows it.
pub struct Entry {
    pub name: &'static str,
    /// One line for help texts.
    pub about: &'static str,
    /// Fills in defaults; rejects unknown keys and values that no run can use.
    pub settings: fn(&Table) -> Result<Table, TaskError>,
    /// Sizes, without touching data.
    pub shape: fn(&Table, Form) -> Result<Shape, TaskError>,
    /// What has to be fetched before the task opens.
    pub data: fn(&Table) -> Result<Vec<&'static Item>, TaskError>,
    /// The task itself.
    pub open: Open,
}

/// Every task: one file and one line here.
pub const REGISTRY: &[Entry] = &[
    Entry::of::<bit_memory::BitMemory>(),
    Entry::of::<bit_xor::BitXor>(),
    Entry::of::<listops::ListOps>(),
    Entry::of::<images::Mnist>(),
    Entry::of::<images::Cifar10>(),
    Entry::of::<images::Cifar10Lra>(),
    Entry::of::<proteins::Homology>(),
    Entry::of::<proteins::ProteinFamily>(),
    Entry::of::<text::Text>(),
];

/// What a task's file provides: its settings, which know how to open it.
pub trait Settings: Serialize + DeserializeOwned {
    const NAME: &'static str;
    /// One line for help texts.
    const ABOUT: &'static str;

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

    /// What has to be fetched before the task opens.
    fn data(&self) -> Vec<&'static Item> {
        Vec::new()
    }

    /// The task itself. Reads what is in `data`; fetches nothing.
    ///
    /// # Errors
    /// Where data is missing or damaged.
    fn open(self, shape: Shape, form: Form, data: &DataDir) -> Result<Box<dyn Task>, TaskError>;
}

impl Entry {
    /// A task's line.
    pub const fn of<S: Settings>() -> Self {
        Self {
            name: S::NAME,
            about: S::ABOUT,
            settings: |table| {
                Table::try_from(read::<S>(table)?).map_err(|error| bad::<S>(error.to_string()))
            },
            shape: |table, form| read::<S>(table)?.shape(form).map_err(bad::<S>),
            data: |table| Ok(read::<S>(table)?.data()),
            open: |table, form, data| {
                let settings = read::<S>(table)?;
                let shape = settings.shape(form).map_err(bad::<S>)?;
                settings.open(shape, form, data)
            },
        }
    }
}

fn read<S: Settings>(table: &Table) -> Result<S, TaskError> {
    let settings: S = table
        .clone()
        .try_into()
        .map_err(|error| bad::<S>(error.message().to_owned()))?;
    settings.check().map_err(bad::<S>)?;
    Ok(settings)
}

fn bad<S: Settings>(reason: String) -> TaskError {
    TaskError::Settings {
        task: S::NAME,
        reason,
    }
}

/// The registry's entry of a task.
///
/// # Errors
/// An unknown name; the error lists the known ones.
pub fn entry(name: &str) -> Result<&'static Entry, TaskError> {
    REGISTRY
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| TaskError::UnknownTask {
            name: name.to_owned(),
            known: REGISTRY
                .iter()
                .map(|entry| entry.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// The complete, checked settings of a task: what `table` says, defaults for the rest.
///
/// # Errors
/// An unknown task or key, a value of the wrong kind or one that no run can use.
pub fn settings(name: &str, table: &Table) -> Result<Table, TaskError> {
    (entry(name)?.settings)(table)
}

/// Sizes of a task without its data, e.g. to count parameters while planning.
///
/// # Errors
/// As [`settings`]; also settings that do not go with the form.
pub fn shape(name: &str, settings: &Table, form: Form) -> Result<Shape, TaskError> {
    (entry(name)?.shape)(settings, form)
}

/// The data a task needs with these settings; empty for generated tasks.
///
/// # Errors
/// As [`settings`].
pub fn data(name: &str, settings: &Table) -> Result<Vec<&'static Item>, TaskError> {
    (entry(name)?.data)(settings)
}

/// Opens a task. Reads what is in `data`; fetches nothing.
///
/// # Errors
/// As [`shape`]; [`TaskError::MissingData`] where the data is not here, and errors that name the
/// file where it is damaged.
pub fn open(
    name: &str,
    settings: &Table,
    form: Form,
    data: &DataDir,
) -> Result<Box<dyn Task>, TaskError> {
    (entry(name)?.open)(settings, form, data)
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
