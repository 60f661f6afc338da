use crate::entry::Entry;
use crate::error::TaskError;
use crate::folder::Folder;
use crate::task::{Form, Shape, Task};
use crate::{
    addition, bit_memory, bit_xor, images, listops, procedural, proteins, recall, rule_90, text,
};
use data::{Content, DataDir, DataError, Item, Unknown};
use toml::Table;

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
    Entry::of::<recall::Recall>(),
    Entry::of::<rule_90::Rule90>(),
    Entry::of::<addition::Addition>(),
    Entry::of::<text::Text>(),
    Entry::of::<text::MaskedText>(),
    Entry::of::<procedural::Dyck>(),
    Entry::of::<procedural::KShuffle>(),
    Entry::of::<procedural::Rule110>(),
    Entry::of::<procedural::Nca>(),
    Entry::of::<procedural::NoiseLstm>(),
];

/// The registry's entry of a task.
///
/// # Errors
/// An unknown name; the error lists the known ones.
pub fn entry(name: &str) -> Result<&'static Entry, TaskError> {
    let names = REGISTRY.iter().map(|entry| entry.name);
    let unknown = || Unknown::new("task", name, "known tasks", names);
    let known = REGISTRY.iter().find(|entry| entry.name == name);
    Ok(known.ok_or_else(unknown)?)
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

/// Examples of a task's validation split, where its settings tell.
///
/// # Errors
/// As [`settings`].
pub fn validated(name: &str, settings: &Table) -> Result<Option<usize>, TaskError> {
    (entry(name)?.validated)(settings)
}

/// Examples of a task's test sets together, as far as its settings tell; else 0.
///
/// # Errors
/// As [`settings`].
pub fn tested(name: &str, settings: &Table) -> Result<usize, TaskError> {
    (entry(name)?.tested)(settings)
}

/// The data a task needs with these settings; empty for generated tasks.
///
/// # Errors
/// As [`settings`].
pub fn data(name: &str, settings: &Table) -> Result<Vec<&'static Item>, TaskError> {
    (entry(name)?.data)(settings)
}

/// The folder of the user's that a task with these settings reads.
///
/// # Errors
/// As [`settings`].
pub fn folder(name: &str, settings: &Table) -> Result<Option<Folder>, TaskError> {
    (entry(name)?.folder)(settings)
}

/// The name of what a task with these settings reads: a folder as the settings write it, or an item.
///
/// # Errors
/// As [`settings`].
pub fn source(name: &str, settings: &Table) -> Result<Option<String>, TaskError> {
    if let Some(folder) = folder(name, settings)? {
        return Ok(Some(folder.path.display().to_string()));
    }
    // No task reads two items.
    let items = data(name, settings)?;
    Ok(items.first().map(|item| item.name.to_owned()))
}

/// The contents of all that a task reads with these settings, computed once for the same files; empty
/// for generated tasks. What is not here is left out.
///
/// # Errors
/// As [`settings`]; errors that name the file where data is damaged or cannot be read.
pub fn content(name: &str, settings: &Table, data: &DataDir) -> Result<Vec<Content>, TaskError> {
    (entry(name)?.content)(settings, data)
}

/// Opens a task. Reads what is in `data`; fetches nothing.
///
/// # Errors
/// As [`shape`]; one that [is missing](TaskError::is_missing) where the data is not here, and errors
/// that name the file where it is damaged.
pub fn open(
    name: &str,
    settings: &Table,
    form: Form,
    data: &DataDir,
) -> Result<Box<dyn Task>, TaskError> {
    (entry(name)?.open)(settings, form, data)
}

/// Whether the tasks that need this item by default can read what is in `data`, for [`data::take`].
///
/// # Errors
/// What such a task says when it is opened.
pub fn readable(item: &Item, data: &DataDir) -> Result<(), DataError> {
    let refused = |error| match error {
        TaskError::Data(error) => error,
        other => DataError::Refused(other.to_string()),
    };
    let defaults = Table::new();
    for entry in REGISTRY {
        let needed = (entry.data)(&defaults).map_err(refused)?;
        let alone = needed.len() == 1 && needed[0].name == item.name;
        if alone {
            (entry.open)(&defaults, Form::Paper, data).map_err(refused)?;
        }
    }
    Ok(())
}
