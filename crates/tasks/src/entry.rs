use crate::error::TaskError;
use crate::folder::Folder;
use crate::settings::Settings;
use crate::task::{Form, Shape, Task};
use data::{Content, DataDir, Item};
use toml::Table;

/// How a task is opened.
pub type Open = fn(&Table, Form, &DataDir) -> Result<Box<dyn Task>, TaskError>;

/// A task as the registry knows it.
pub struct Entry {
    pub name: &'static str,
    /// One line for help texts.
    pub about: &'static str,
    /// Numbers that a pixel of a token is made of: 3 where images are in colour.
    pub channels: usize,
    /// Whether it is known which tokens hold an answer.
    pub knows_sources: bool,
    /// Version of what it makes of settings and data.
    pub version: u32,
    /// Fills in defaults; rejects unknown keys and values that no run can use.
    pub settings: fn(&Table) -> Result<Table, TaskError>,
    /// Sizes, without touching data.
    pub shape: fn(&Table, Form) -> Result<Shape, TaskError>,
    /// Examples of its test sets, as far as settings tell.
    pub validated: fn(&Table) -> Result<Option<usize>, TaskError>,
    pub tested: fn(&Table) -> Result<usize, TaskError>,
    /// What has to be fetched before the task opens.
    pub data: fn(&Table) -> Result<Vec<&'static Item>, TaskError>,
    /// The folder of the user's that is read.
    pub folder: fn(&Table) -> Result<Option<Folder>, TaskError>,
    /// What is read of it, and of folders that the settings name.
    pub content: fn(&Table, &DataDir) -> Result<Vec<Content>, TaskError>,
    /// The task itself.
    pub open: Open,
}

impl Entry {
    /// A task's line.
    pub const fn of<S: Settings>() -> Self {
        Self {
            name: S::NAME,
            about: S::ABOUT,
            channels: S::CHANNELS,
            knows_sources: S::KNOWS_SOURCES,
            version: S::VERSION,
            settings: |table| {
                Table::try_from(read::<S>(table)?).map_err(|error| bad::<S>(error.to_string()))
            },
            shape: |table, form| read::<S>(table)?.shape(form).map_err(bad::<S>),
            validated: |table| Ok(read::<S>(table)?.validated()),
            tested: |table| Ok(read::<S>(table)?.tested()),
            data: |table| Ok(read::<S>(table)?.data()),
            folder: |table| Ok(read::<S>(table)?.folder()),
            content: |table, data| Ok(read::<S>(table)?.content(data)?),
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
        .map_err(|error| bad::<S>(unfit::<S>(table, &error)))?;
    settings.check().map_err(bad::<S>)?;
    Ok(settings)
}

/// What is wrong with settings that cannot be read, with the key that it is about, which a parser of values does not know.
fn unfit<S: Settings>(table: &Table, error: &toml::de::Error) -> String {
    let said = files::plain(error.message());
    let reads = |table: Table| table.try_into::<S>().is_ok();
    let mut alone = table.iter().filter(|_| reads(Table::new()));
    let wrong =
        alone.find(|(key, value)| !reads(Table::from_iter([((*key).clone(), (*value).clone())])));
    match wrong {
        Some((key, _)) if !said.contains(&format!("`{key}`")) => format!("`{key}`: {said}"),
        _ => said,
    }
}

fn bad<S: Settings>(reason: String) -> TaskError {
    TaskError::Settings {
        task: S::NAME,
        reason,
    }
}
