//! A body or a task by name, outside any study.

use crate::error::StudyError;
use crate::library::Library;
use crate::options::Options;
use crate::resolve::Resolver;
use crate::source::Source;
use crate::value::{Settings, Value};
use backbone::BodyConfig;
use tasks::Form;
use training::TaskSpec;

/// The body of that name: a shape of the profile, or a checkpoint's folder or name on the hub.
///
/// # Errors
/// When there is none, with the closest name.
pub fn body(library: &Library, options: &Options, name: &str) -> Result<BodyConfig, StudyError> {
    let (resolver, vocabulary) = Resolver::load(library, options)?;
    let (source, cell) = asked("backbone", name);
    vocabulary.value(&source, "backbone", &cell["backbone"])?;
    resolver.body(&source, &cell)
}

/// The task of that name at the size of the profile, in the profile's form or in another one, which
/// then is measured by the protocol of that name.
///
/// # Errors
/// When there is none, with the closest name.
pub fn task(
    library: &Library,
    options: &Options,
    name: &str,
    form: Option<Form>,
) -> Result<TaskSpec, StudyError> {
    let (resolver, vocabulary) = Resolver::load(library, options)?;
    let (source, mut cell) = asked("task", name);
    vocabulary.value(&source, "task", &cell["task"])?;
    let own = resolver.protocol(&cell).1.form;
    if let Some(form) = form.filter(|form| *form != own) {
        let (_, protocol) = asked("protocol", form.name());
        cell.extend(protocol);
    }
    resolver.task(&source, &cell)
}

/// What the user typed, as a file of one value.
fn asked(key: &str, name: &str) -> (Source, Settings) {
    let source = Source {
        name: key.to_owned(),
        path: "the command line".to_owned(),
        text: name.to_owned(),
    };
    let value = Value {
        text: name.to_owned(),
        value: name.into(),
        at: 0..name.len(),
    };
    (source, Settings::from([(key.to_owned(), value)]))
}
