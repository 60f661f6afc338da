//! A cell's task with all its settings.

use super::resolver::Resolver;
use crate::document::Document;
use crate::error::StudyError;
use crate::keys::{TASK, backbone_of};
use crate::suggest::suggest;
use crate::value::{Settings, Value};
use backbone::BodyConfig;
use tasks::{Form, Inputs, TaskError};
use training::TaskSpec;

/// Why a body cannot be trained on a task: sequences longer than its table of positions, or an answer that it sees.
pub(super) fn misfit(task: &TaskSpec, body: &BodyConfig) -> Option<String> {
    let shape = tasks::shape(&task.name, &task.settings, task.form).ok()?;
    let (name, positions) = (&task.name, body.positions());
    match shape.inputs {
        _ if shape.tokens > positions => Some(format!(
            "`{name}` has {} tokens an example, but the body takes at most {positions}",
            shape.tokens
        )),
        Inputs::Language { .. } if !body.is_causal() => Some(format!(
            "`{name}` asks for the next symbol, which a `{}` body sees: `masked-text` is for bodies that look both ways",
            body.model_type()
        )),
        _ => None,
    }
}

impl Resolver {
    pub fn task(&self, study: &Document, cell: &Settings) -> Result<TaskSpec, StudyError> {
        let Some(name) = cell.get("task") else {
            let what = "the study names no task: neither [job] nor an axis says `task`";
            return Err(study.mistake(what).into());
        };
        let protocol = self.protocol(cell).1;
        let form = protocol.form;
        let mut table = self.profile.task(&name.text).settings(form);
        table.extend(protocol.task(&name.text).settings(form));
        let own = cell.iter();
        let own = own.filter_map(|(key, value)| Some((key.strip_prefix(TASK)?, value)));
        let own: Vec<(&str, &Value)> = own.collect();
        let set = |(setting, value): &(&str, &Value)| ((*setting).to_owned(), value.value.clone());
        table.extend(own.iter().map(set));
        self.spec(&name.text, form, &table).map_err(|error| {
            let what = error.to_string();
            let is_meant = |setting: &str| what.contains(&format!("`{setting}`"));
            let meant = own.iter().find(|(setting, _)| is_meant(setting));
            let spot = match meant {
                Some((_, value)) => study.spot(value.at.clone(), what.clone(), "of this task"),
                // What the study does not set is the profile's, or follows from both.
                None if self.profile_file.place_of(&what).is_some() => {
                    return self.profile_file.mistake(what).into();
                }
                None => study.spot(name.at.clone(), what.clone(), "of this task"),
            };
            let known = tasks::settings(&name.text, &toml::Table::new());
            let known = known.unwrap_or_default();
            let wrong = meant.filter(|(setting, _)| !known.contains_key(*setting));
            let help = wrong.map_or_else(
                || format!("with profile `{}`", self.profile_name),
                |(setting, _)| suggest(setting, known.keys().map(String::as_str)),
            );
            spot.help(Some(help)).into()
        })
    }

    /// Why nobody can tell where the runs of a cell look; `None` where that can be told.
    pub fn blind(&self, study: &Document, cell: &Settings) -> Result<Option<String>, StudyError> {
        let task = self.task(study, cell)?.name;
        if !tasks::entry(&task).is_ok_and(|entry| entry.knows_sources) {
            let why = format!("of `{task}` it is not known which tokens hold an answer");
            return Ok(Some(why));
        }
        let weighs = self.body(study, cell)?.weighs_tokens();
        let why = format!(
            "a `{}` body does not weigh all tokens, each by itself",
            backbone_of(cell)
        );
        Ok((!weighs).then_some(why))
    }

    /// A task with all its settings, checked, on the data that is known under its name.
    pub(super) fn spec(
        &self,
        name: &str,
        form: Form,
        settings: &toml::Table,
    ) -> Result<TaskSpec, TaskError> {
        let settings = tasks::settings(name, settings)?;
        tasks::shape(name, &settings, form)?;
        let source = tasks::source(name, &settings)?;
        let content = source.and_then(|source| self.contents.data.get(&source).cloned());
        Ok(TaskSpec {
            content,
            ..TaskSpec::new(name, form, settings)
        })
    }
}
