//! A body or a task by name, outside any study.

use crate::document::Document;
use crate::error::StudyError;
use crate::keys::Vocabulary;
use crate::library::Library;
use crate::resolve::Resolver;
use crate::value::{Settings, Value};
use backbone::BodyConfig;
use tasks::Form;
use training::TaskSpec;

/// The body of that name: a shape of the profile, or a checkpoint that the library knows.
///
/// # Errors
/// When there is none, with the closest name.
pub fn body(library: &Library, profile: &str, name: &str) -> Result<BodyConfig, StudyError> {
    let (resolver, vocabulary) = Resolver::load(library, profile)?;
    body_of(&resolver, &vocabulary, name)
}

/// The same where the profile has been read.
pub(crate) fn body_of(
    resolver: &Resolver,
    vocabulary: &Vocabulary,
    name: &str,
) -> Result<BodyConfig, StudyError> {
    let (typed, cell) = as_typed("backbone", name);
    vocabulary.value(&typed, "backbone", &cell["backbone"])?;
    resolver.body(&typed, &cell)
}

/// The task of that name at the size of the profile, in the profile's form or in another one, which
/// then is measured by the protocol of that name.
///
/// # Errors
/// When there is none, with the closest name.
pub fn task(
    library: &Library,
    profile: &str,
    name: &str,
    form: Option<Form>,
) -> Result<TaskSpec, StudyError> {
    let (resolver, vocabulary) = Resolver::load(library, profile)?;
    let (typed, mut cell) = as_typed("task", name);
    vocabulary.value(&typed, "task", &cell["task"])?;
    let own = resolver.protocol(&cell).1.form;
    if let Some(form) = form.filter(|form| *form != own) {
        let (_, protocol) = as_typed("protocol", form.name());
        cell.extend(protocol);
    }
    resolver.task(&typed, &cell)
}

/// What the user typed, as a file of one value.
fn as_typed(key: &str, name: &str) -> (Document, Settings) {
    let typed = Document {
        name: key.to_owned(),
        path: "the command line".to_owned(),
        text: name.to_owned(),
    };
    let value = Value {
        text: name.to_owned(),
        value: name.into(),
        at: 0..name.len(),
    };
    (typed, Settings::from([(key.to_owned(), value)]))
}
